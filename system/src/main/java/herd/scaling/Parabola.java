package herd.scaling;

/// `y = c + b (x - middle) + a (x - middle)^2`.
record Parabola(double a, double b, double c, double middle) {
  double vertex() {
    return middle - b / (2 * a);
  }

  double least() {
    return c - b * b / (4 * a);
  }

  /// The parabola of least squares through at least three points, solved about their middle.
  static Parabola fit(double[] x, double[] y) {
    int n = x.length;
    double middle = 0;
    for (double one : x) {
      middle += one / n;
    }
    double[] s = new double[5]; // sums of powers
    double[] t = new double[3];
    for (int i = 0; i < n; i++) {
      double power = 1;
      for (int p = 0; p < 5; p++) {
        s[p] += power;
        if (p < 3) {
          t[p] += power * y[i];
        }
        power *= x[i] - middle;
      }
    }
    double[] solved =
        Solve.solve(new double[][] {{s[0], s[1], s[2]}, {s[1], s[2], s[3]}, {s[2], s[3], s[4]}}, t);
    return new Parabola(solved[2], solved[1], solved[0], middle);
  }
}

package herd.scaling;

/// Small systems of linear equations.
final class Solve {
  private Solve() {}

  /// Gauss elimination with pivots; both arguments are used up.
  /// @return x with `matrix * x = right`
  static double[] solve(double[][] matrix, double[] right) {
    int n = right.length;
    for (int column = 0; column < n; column++) {
      int pivot = column;
      for (int row = column + 1; row < n; row++) {
        if (Math.abs(matrix[row][column]) > Math.abs(matrix[pivot][column])) {
          pivot = row;
        }
      }
      double[] swapped = matrix[column];
      matrix[column] = matrix[pivot];
      matrix[pivot] = swapped;
      double other = right[column];
      right[column] = right[pivot];
      right[pivot] = other;
      for (int row = column + 1; row < n; row++) {
        double factor = matrix[row][column] / matrix[column][column];
        for (int c = column; c < n; c++) {
          matrix[row][c] -= factor * matrix[column][c];
        }
        right[row] -= factor * right[column];
      }
    }
    for (int row = n - 1; row >= 0; row--) {
      for (int c = row + 1; c < n; c++) {
        right[row] -= matrix[row][c] * right[c];
      }
      right[row] /= matrix[row][row];
    }
    return right;
  }
}

package herd.data.dedup;

/// Random orders of all hashes, `(a x + b) mod (2^61 - 1)` where `a x + b` is taken modulo 2^64:
/// those of datatrove, which draws `a` and `b` by numpy's Mersenne Twister.
/// @param a factors
/// @param b summands
record Orders(long[] a, long[] b) {
  /// A Mersenne prime.
  static final long PRIME = (1L << 61) - 1;

  /// @param size how many
  /// @param seed 0 to 2^32 - 1
  static Orders of(int size, long seed) {
    var random = new Twister(seed);
    var a = new long[size];
    var b = new long[size];
    for (int i = 0; i < size; i++) {
      a[i] = 1 + random.upTo(PRIME - 2);
    }
    for (int i = 0; i < size; i++) {
      b[i] = random.upTo(PRIME - 1);
    }
    return new Orders(a, b);
  }

  /// MT19937 (Matsumoto and Nishimura 1998).
  private static final class Twister {
    private static final int SIZE = 624;
    private static final int MIDDLE = 397;

    private final int[] state = new int[SIZE];
    private int at = SIZE;

    Twister(long seed) {
      state[0] = (int) seed;
      for (int i = 1; i < SIZE; i++) {
        state[i] = 1812433253 * (state[i - 1] ^ state[i - 1] >>> 30) + i;
      }
    }

    private int next() {
      if (at == SIZE) {
        for (int i = 0; i < SIZE; i++) {
          int y = state[i] & 0x80000000 | state[(i + 1) % SIZE] & 0x7fffffff;
          int twist = (y & 1) == 0 ? 0 : 0x9908b0df;
          state[i] = state[(i + MIDDLE) % SIZE] ^ y >>> 1 ^ twist;
        }
        at = 0;
      }
      int y = state[at++];
      y ^= y >>> 11;
      y ^= y << 7 & 0x9d2c5680;
      y ^= y << 15 & 0xefc60000;
      return y ^ y >>> 18;
    }

    /// An even number in `0..most`: bits are drawn anew until they are no larger.
    long upTo(long most) {
      long mask = -1L >>> Long.numberOfLeadingZeros(most);
      while (true) {
        long high = next() & 0xffffffffL;
        long bits = (high << 32 | next() & 0xffffffffL) & mask;
        if (bits <= most) {
          return bits;
        }
      }
    }
  }
}

package herd.data.dedup;

/// Mixing of the bits of a number: a bijection whose every bit depends on every bit (Stafford's
/// thirteenth variant of MurmurHash3's finaliser).
public final class Mix {
  private Mix() {}

  /// The number, mixed.
  public static long of(long number) {
    long z = number + 0x9e3779b97f4a7c15L;
    z = (z ^ z >>> 30) * 0xbf58476d1ce4e5b9L;
    z = (z ^ z >>> 27) * 0x94d049bb133111ebL;
    return z ^ z >>> 31;
  }
}

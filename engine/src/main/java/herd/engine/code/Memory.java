package herd.engine.code;

/// An operand in memory: `[base + index + offset]`.
/// @param index null for none; not the stack pointer
public record Memory(Gpr base, Gpr index, int offset) {
  public Memory {
    if (index == Gpr.RSP) {
      throw new IllegalArgumentException("the stack pointer cannot be an index");
    }
  }

  /// `[base + offset]`.
  public static Memory at(Gpr base, int offset) {
    return new Memory(base, null, offset);
  }
}

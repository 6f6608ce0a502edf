package herd.engine.io;

import java.util.AbstractList;
import java.util.Objects;

/// A list of numbers or truth values of a GGUF file, decoded when they are asked for.
final class GgufNumbers extends AbstractList<Object> {
  private final GgufBytes bytes;
  private final GgufType type;
  private final int start;
  private final int size;

  GgufNumbers(GgufBytes bytes, GgufType type, int start, int size) {
    this.bytes = bytes;
    this.type = type;
    this.start = start;
    this.size = size;
  }

  @Override
  public Object get(int index) {
    int at = start + Objects.checkIndex(index, size) * type.bytes();
    return switch (type) {
      case F32, F64, BOOL -> scalar(bytes, type, at);
      default -> whole(bytes, type, at);
    };
  }

  /// Whether all are whole numbers.
  boolean areWhole() {
    return type != GgufType.F32 && type != GgufType.F64 && type != GgufType.BOOL;
  }

  /// A whole number.
  long wholeAt(int index) {
    return whole(bytes, type, start + Objects.checkIndex(index, size) * type.bytes());
  }

  @Override
  public int size() {
    return size;
  }

  /// The value of a simple type at a position.
  static Object scalar(GgufBytes bytes, GgufType type, int at) {
    return switch (type) {
      // The shortest decimal that is this float: 1e-5 stays 1e-5.
      case F32 -> Double.valueOf(Float.toString(bytes.single(at)));
      case F64 -> bytes.real(at);
      case BOOL -> bytes.unsigned(at) != 0;
      default -> whole(bytes, type, at);
    };
  }

  private static long whole(GgufBytes bytes, GgufType type, int at) {
    return switch (type) {
      case U8 -> bytes.unsigned(at);
      case I8 -> (byte) bytes.unsigned(at);
      case U16 -> bytes.half(at) & 0xFFFF;
      case I16 -> bytes.half(at);
      case U32 -> bytes.integer(at) & 0xFFFFFFFFL;
      case I32 -> bytes.integer(at);
      case U64, I64 -> bytes.number(at);
      default -> throw new IllegalArgumentException(type + " is not a whole number");
    };
  }
}

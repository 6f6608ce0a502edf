package herd.engine.io;

/// The types of metadata in GGUF files, in the order of their numbers.
enum GgufType {
  U8(1),
  I8(1),
  U16(2),
  I16(2),
  U32(4),
  I32(4),
  F32(4),
  BOOL(1),
  STRING(8),
  ARRAY(12),
  U64(8),
  I64(8),
  F64(8);

  private final int bytes;

  GgufType(int bytes) {
    this.bytes = bytes;
  }

  /// Bytes of one value, the fewest for strings and arrays.
  int bytes() {
    return bytes;
  }
}

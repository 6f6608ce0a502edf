package herd.engine.io;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/// Writes GGUF version 3.
final class GgufWriter {
  private final Map<String, Object> metadata;
  private final Collection<StoredTensor> tensors;
  private final ByteArrayOutputStream header = new ByteArrayOutputStream();

  GgufWriter(Map<String, Object> metadata, Collection<StoredTensor> tensors) {
    this.metadata = metadata;
    this.tensors = tensors;
  }

  void write(Path file) {
    header.writeBytes("GGUF".getBytes(StandardCharsets.US_ASCII));
    u32(3);
    u64(tensors.size());
    u64(metadata.size());
    metadata.forEach((key, value) -> {
      string(key);
      value(value);
    });
    long offset = 0;
    for (var tensor : tensors) {
      string(tensor.name());
      long[] shape = tensor.shape();
      u32(shape.length);
      for (int d = shape.length - 1; d >= 0; d--) {
        u64(shape[d]);
      }
      if (tensor.encoding().ggml() < 0) {
        throw new IllegalArgumentException("GGUF has no " + tensor.encoding());
      }
      u32(tensor.encoding().ggml());
      u64(offset);
      offset = offset + tensor.data().byteSize() + Gguf.ALIGNMENT - 1 & -Gguf.ALIGNMENT;
    }
    WholeFile.write(file, out -> {
      out.write(header.toByteArray());
      out.align(Gguf.ALIGNMENT);
      for (var tensor : tensors) {
        out.write(tensor.data());
        out.align(Gguf.ALIGNMENT);
      }
    });
  }

  private void value(Object value) {
    switch (value) {
      case Integer n -> {
        type(GgufType.U32);
        u32(n);
      }
      case Long n -> {
        type(GgufType.U64);
        u64(n);
      }
      case Float x -> {
        type(GgufType.F32);
        u32(Float.floatToRawIntBits(x));
      }
      case Double x -> {
        type(GgufType.F64);
        u64(Double.doubleToRawLongBits(x));
      }
      case Boolean b -> {
        type(GgufType.BOOL);
        header.write(b ? 1 : 0);
      }
      case String s -> {
        type(GgufType.STRING);
        string(s);
      }
      case int[] items -> {
        array(GgufType.I32, items.length);
        for (int item : items) {
          u32(item);
        }
      }
      case float[] items -> {
        array(GgufType.F32, items.length);
        for (float item : items) {
          u32(Float.floatToRawIntBits(item));
        }
      }
      case List<?> strings -> {
        array(GgufType.STRING, strings.size());
        strings.forEach(s -> string((String) s));
      }
      default -> throw new IllegalArgumentException("metadata of " + value.getClass());
    }
  }

  private void array(GgufType type, int length) {
    type(GgufType.ARRAY);
    type(type);
    u64(length);
  }

  private void type(GgufType type) {
    u32(type.ordinal());
  }

  private void string(String s) {
    byte[] utf8 = s.getBytes(StandardCharsets.UTF_8);
    u64(utf8.length);
    header.writeBytes(utf8);
  }

  private void u32(int value) {
    header.writeBytes(little(4).putInt(value).array());
  }

  private void u64(long value) {
    header.writeBytes(little(8).putLong(value).array());
  }

  private static ByteBuffer little(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}

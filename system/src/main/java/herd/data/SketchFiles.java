package herd.data;

import herd.run.Disk;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// Sketches that lie in files, one beside each file of documents.
record SketchFiles(List<Path> files, long size, Path scratch) implements Sketches {
  private static final int BUFFER = 1 << 16;

  static void write(Path file, List<long[]> sketches) {
    try (var out =
        new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(file), BUFFER))) {
      for (var sketch : sketches) {
        var bytes = ByteBuffer.allocate(Long.BYTES * sketch.length);
        bytes.asLongBuffer().put(sketch);
        out.writeInt(sketch.length);
        out.write(bytes.array());
      }
    } catch (IOException e) {
      throw Disk.trouble(e, file);
    }
  }

  @Override
  public void forEach(Each each) {
    long index = 0;
    for (var file : files) {
      try (var in =
          new DataInputStream(new BufferedInputStream(Files.newInputStream(file), BUFFER))) {
        long left = Files.size(file);
        while (left > 0) {
          var sketch = new long[in.readInt()];
          ByteBuffer.wrap(in.readNBytes(Long.BYTES * sketch.length))
              .asLongBuffer()
              .get(sketch);
          left -= Integer.BYTES + (long) Long.BYTES * sketch.length;
          each.take(index++, sketch);
        }
      } catch (IOException e) {
        throw Disk.trouble(e, file);
      }
    }
    if (index != size) {
      throw new IllegalStateException(index + " sketches of " + size + " documents");
    }
  }
}

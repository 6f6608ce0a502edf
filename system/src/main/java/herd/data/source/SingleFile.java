package herd.data.source;

import herd.engine.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/// A file that is one document: a page, a text, source code, an office file; packed (`.gz`, `.zst`)
/// or not.
record SingleFile(Path file, Reading reading) implements Source {
  @Override
  public long bytes() {
    return FileBytes.size(file);
  }

  @Override
  public Cursor open() {
    return Cursor.of(new Whole());
  }

  private final class Whole implements Item {
    @Override
    public String id() {
      return file.toString();
    }

    @Override
    public long weight() {
      return SingleFile.this.bytes();
    }

    @Override
    public long bytes() {
      return weight();
    }

    @Override
    public Loaded load() {
      var name = file.getFileName().toString();
      if (!reading.wants(name) || !Contents.known(name)) {
        return new Loaded.Unreadable("other-file");
      }
      if (weight() > reading.maxBytes()) {
        return new Loaded.Unreadable("file-too-large");
      }
      byte[] bytes;
      try (var in = FileBytes.open(file)) {
        bytes = in.readNBytes((int) reading.maxBytes() + 1);
      } catch (IOException | UserError e) {
        return new Loaded.Unreadable("file-damaged");
      }
      if (bytes.length > reading.maxBytes()) {
        return new Loaded.Unreadable("file-too-large");
      }
      if (reading.packedTooWell(bytes.length, weight())) {
        return new Loaded.Unreadable("packed-too-well");
      }
      return switch (Contents.of(name, bytes, reading.maxBytes())) {
        case Contents.None(String reason) -> new Loaded.Unreadable(reason);
        case Contents.Text(String kind, String title, String text) ->
          new Loaded.Document(
              file.toString(),
              folder(),
              kind,
              file.toString(),
              title.isEmpty() ? name : title,
              text,
              date(),
              "",
              file.toString(),
              0,
              FileBytes.digest(bytes),
              Map.of());
      };
    }

    private String folder() {
      var parent = file.getParent();
      return parent == null ? "" : parent.toString();
    }

    /// The second of the last change.
    private String date() {
      try {
        return Files.getLastModifiedTime(file).toInstant().toString().replaceFirst("\\.\\d+", "");
      } catch (IOException e) {
        return "";
      }
    }
  }
}

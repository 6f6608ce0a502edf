package herd.engine.io;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;

/// What tells a file from one that was put in its place or written over later.
/// @param size in bytes; -1 if the file is not there
/// @param time of the last change
/// @param key the system's own number of the file, null where it has none
public record FileStamp(Path file, long size, FileTime time, Object key) {
  /// The file as it is now.
  public static FileStamp of(Path file) {
    try {
      var found = Files.readAttributes(file, BasicFileAttributes.class);
      return new FileStamp(file, found.size(), found.lastModifiedTime(), found.fileKey());
    } catch (IOException e) {
      return new FileStamp(file, -1, null, null);
    }
  }

  /// Whether the file is another by now, or gone.
  public boolean isStale() {
    return !equals(of(file));
  }
}

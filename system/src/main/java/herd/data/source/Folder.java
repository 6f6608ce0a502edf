package herd.data.source;

import herd.engine.UserError;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;

/// The files of a folder as those of one repository, in the order of their paths. Hidden files and
/// folders, links and devices are passed over.
public record Folder(Path file, Reading reading) implements Source {
  /// Whether source code lies in the folder, at any depth.
  public static boolean hasCode(Path folder) {
    var found = new boolean[1];
    walk(folder, path -> {
      found[0] = Contents.CODE.contains(Reading.ending(path.getFileName().toString()));
      return !found[0];
    });
    return found[0];
  }

  /// All files of the folder that are read, in the order of their paths.
  public static List<Path> files(Path folder) {
    var all = new TreeMap<String, Path>();
    walk(folder, path -> {
      all.put(entry(folder, path), path);
      return true;
    });
    return List.copyOf(all.values());
  }

  private static String entry(Path folder, Path path) {
    return folder.relativize(path).toString().replace('\\', '/');
  }

  /// Takes a path and says whether to go on.
  @FunctionalInterface
  private interface Each {
    boolean take(Path path);
  }

  private static void walk(Path folder, Each each) {
    try {
      Files.walkFileTree(folder, new SimpleFileVisitor<>() {
        @Override
        public FileVisitResult preVisitDirectory(Path path, BasicFileAttributes attributes) {
          boolean hidden = !path.equals(folder) && path.getFileName().toString().startsWith(".");
          return hidden ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFile(Path path, BasicFileAttributes attributes) {
          boolean wanted =
              attributes.isRegularFile() && !path.getFileName().toString().startsWith(".");
          return !wanted || each.take(path) ? FileVisitResult.CONTINUE : FileVisitResult.TERMINATE;
        }
      });
    } catch (IOException | UncheckedIOException e) {
      throw FileBytes.unreadable(folder, e instanceof IOException io ? io : new IOException(e));
    }
  }

  @Override
  public long bytes() {
    return files(file).stream().mapToLong(FileBytes::size).sum();
  }

  @Override
  public Cursor open() {
    var files = files(file);
    var archive = new Archive(file, Set.of(), true, reading.maxBytes());
    return new Cursor() {
      private int at;

      @Override
      public Item next() {
        return at == files.size() ? null : new One(archive, files.get(at), at++);
      }

      @Override
      public void close() {}
    };
  }

  private final class One implements Item {
    private final Archive archive;
    private final Path path;
    private final String name;
    private final long number;

    One(Archive archive, Path path, long number) {
      this.archive = archive;
      this.path = path;
      this.number = number;
      name = entry(file, path);
    }

    @Override
    public String id() {
      return archive.id(name);
    }

    @Override
    public long weight() {
      try {
        return Files.size(path);
      } catch (IOException e) {
        return 0;
      }
    }

    @Override
    public long bytes() {
      return weight();
    }

    @Override
    public Loaded load() {
      if (!reading.wants(name) || !Contents.known(name)) {
        return new Loaded.Unreadable("other-file");
      }
      if (weight() > reading.maxBytes()) {
        return new Loaded.Unreadable("file-too-large");
      }
      byte[] bytes;
      try (var in = Files.newInputStream(path, LinkOption.NOFOLLOW_LINKS)) {
        bytes = in.readNBytes((int) reading.maxBytes() + 1);
      } catch (NoSuchFileException e) {
        return new Loaded.Unreadable("file-gone");
      } catch (IOException | UserError e) {
        return new Loaded.Unreadable("file-damaged");
      }
      if (bytes.length > reading.maxBytes()) {
        return new Loaded.Unreadable("file-too-large");
      }
      return archive.document(name, bytes, number);
    }
  }
}

package herd.pull;

import herd.engine.UserError;
import herd.run.Disk;
import herd.run.Fingerprint;
import herd.run.Progress;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// The user's cache: a directory per thing, renamed into place when it is whole, with SHA-256
/// checksums of its files in `.checksums` (the form that `sha256sum -c` reads).
public final class Cache {
  /// The file in which the checksums of a thing stand; without it a thing is not whole.
  public static final String CHECKSUMS = ".checksums";
  private static final String SPEC = ".spec";
  private static final long ALWAYS_READ = 256L << 20;

  private final Path root;

  /// @param root made when something is put into it
  public Cache(Path root) {
    this.root = root;
  }

  /// The cache of this user: `HERD_HOME`, else the system's place for caches.
  public static Cache ofUser(Map<String, String> environment) {
    var own = environment.get("HERD_HOME");
    if (own != null && !own.isBlank()) {
      return new Cache(Path.of(own));
    }
    var home = Path.of(System.getProperty("user.home"));
    if (System.getProperty("os.name").startsWith("Mac")) {
      return new Cache(home.resolve("Library/Caches/herd"));
    }
    var xdg = environment.get("XDG_CACHE_HOME");
    boolean given = xdg != null && Path.of(xdg).isAbsolute();
    return new Cache((given ? Path.of(xdg) : home.resolve(".cache")).resolve("herd"));
  }

  /// A thing in the cache.
  /// @param spec its name
  /// @param directory where its files are
  /// @param files sorted
  /// @param bytes of all files
  public record Entry(String spec, Path directory, List<Path> files, long bytes) {}

  /// The cache's own directory.
  public Path root() {
    return root;
  }

  Path directory(Spec spec) {
    return root.resolve(spec.place());
  }

  /// Where a thing is gathered before it is whole; kept after an interruption.
  Path aside(Spec spec) {
    var directory = directory(spec);
    return directory.resolveSibling("." + directory.getFileName() + ".part");
  }

  /// The directory of a thing that is there, its files unread; null if it is not there.
  public Path held(Spec spec) {
    var directory = directory(spec);
    return Files.exists(directory.resolve(CHECKSUMS)) ? directory : null;
  }

  /// The thing if it is there and as it was left.
  /// @param damage told what was changed since, if something was
  /// @return null if it has to be fetched
  Entry find(Spec spec, Progress damage) {
    var directory = held(spec);
    if (directory == null) {
      return null;
    }
    try {
      var broken = broken(directory);
      if (broken == null) {
        return entry(directory);
      }
      damage.say(directory.resolve(broken) + " was changed or is missing; fetched again");
      return null;
    } catch (IOException e) {
      throw Disk.trouble(e, directory);
    }
  }

  private static String broken(Path directory) throws IOException {
    var sealed = Files.getLastModifiedTime(directory.resolve(CHECKSUMS));
    for (var line : Files.readAllLines(directory.resolve(CHECKSUMS))) {
      var name = line.length() > 66 ? line.substring(66) : line;
      var file = directory.resolve(name);
      if (line.length() <= 66 || !Files.isRegularFile(file)) {
        return name;
      }
      // A model of gigabytes is read again only if it was touched.
      boolean read =
          Files.size(file) < ALWAYS_READ || Files.getLastModifiedTime(file).compareTo(sealed) > 0;
      if (read && !Fingerprint.of(file).equals(line.substring(0, 64))) {
        return name;
      }
    }
    return null;
  }

  private static Entry entry(Path directory) throws IOException {
    var files = new ArrayList<Path>();
    long bytes = 0;
    for (var line : Files.readAllLines(directory.resolve(CHECKSUMS))) {
      files.add(directory.resolve(line.substring(66)));
      bytes += Files.size(files.getLast());
    }
    var spec = directory.resolve(SPEC);
    var name = Files.exists(spec) ? Files.readString(spec).strip() : directory.toString();
    return new Entry(name, directory, List.copyOf(files), bytes);
  }

  /// Seals what was gathered aside and puts it into place.
  Entry seal(Spec spec, Path aside) {
    var directory = directory(spec);
    try {
      var sums = new TreeMap<String, String>();
      try (var walk = Files.walk(aside)) {
        for (var file : (Iterable<Path>) walk.filter(Files::isRegularFile)::iterator) {
          var name = aside.relativize(file).toString().replace('\\', '/');
          if (!name.equals(CHECKSUMS) && !name.equals(SPEC)) {
            sums.put(name, Fingerprint.of(file));
          }
        }
      }
      if (sums.isEmpty()) {
        throw new UserError(spec.toString(), "no files in it", "Check the name.");
      }
      var text = new StringBuilder();
      sums.forEach((name, sum) -> text.append(sum).append("  ").append(name).append('\n'));
      Disk.write(aside.resolve(SPEC), spec + "\n");
      Disk.write(aside.resolve(CHECKSUMS), text.toString());
      Disk.delete(directory);
      Files.createDirectories(directory.getParent());
      Files.move(aside, directory, StandardCopyOption.ATOMIC_MOVE);
      return entry(directory);
    } catch (IOException e) {
      throw Disk.trouble(e, directory);
    }
  }

  /// Everything that is in the cache, by name.
  public List<Entry> entries() {
    var entries = new ArrayList<Entry>();
    if (Files.isDirectory(root)) {
      try (var walk = Files.walk(root)) {
        for (var path : (Iterable<Path>) walk.sorted()::iterator) {
          boolean whole = !path.getParent().getFileName().toString().endsWith(".part");
          if (path.getFileName().toString().equals(CHECKSUMS) && whole) {
            entries.add(entry(path.getParent()));
          }
        }
      } catch (IOException e) {
        throw Disk.trouble(e, root);
      }
    }
    return entries;
  }

  /// Removes a thing and what an interrupted fetch of it left.
  /// @return whether there was something
  public boolean remove(Spec spec) {
    boolean there = Files.exists(directory(spec)) || Files.exists(aside(spec));
    if (there) {
      Disk.delete(directory(spec));
      Disk.delete(aside(spec));
    }
    return there;
  }

  /// Holds a thing's place in the cache against other programs and threads until closed. Waits.
  Hold hold(Spec spec, Progress progress) {
    var directory = directory(spec);
    var file = directory.resolveSibling("." + directory.getFileName() + ".lock");
    Disk.directory(file.getParent());
    try {
      var channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      for (int tries = 0; !tryLock(channel); tries++) {
        if (tries == 5) {
          progress.say("waiting: another program is fetching " + spec);
        }
        progress.pause(200);
      }
      channel.truncate(0);
      channel.write(ByteBuffer.wrap(
          ("process " + ProcessHandle.current().pid() + "\n").getBytes(StandardCharsets.UTF_8)));
      return new Hold(channel);
    } catch (IOException e) {
      throw Disk.trouble(e, file);
    }
  }

  private static boolean tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock() != null;
    } catch (OverlappingFileLockException _) {
      return false;
    }
  }

  /// A held place. Closing it frees it.
  record Hold(FileChannel channel) implements AutoCloseable {
    @Override
    public void close() {
      try {
        channel.close();
      } catch (IOException e) {
        throw Disk.trouble(e, Path.of("lock"));
      }
    }
  }
}

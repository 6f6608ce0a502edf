package herd.spark;

import herd.engine.UserError;
import herd.recipe.CurateRecipe;
import herd.run.Disk;
import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.SerializableConfiguration;

/// Files where a cluster has them: in any file system that Hadoop knows, or on each machine under
/// the same path. A name without a scheme belongs to the cluster's own file system
/// (`fs.defaultFS`).
record Cluster(Broadcast<SerializableConfiguration> settings) implements Serializable {
  /// Bytes that a folder with a repository counts for.
  private static final long REPOSITORY = 16 << 20;

  private Configuration configuration() {
    return settings.value().value();
  }

  private FileSystem system(String name) {
    try {
      return new Path(name).getFileSystem(configuration());
    } catch (IOException | RuntimeException e) {
      throw trouble(name, e);
    }
  }

  private static UserError trouble(String name, Exception e) {
    return new UserError(
        name,
        "cannot be reached (" + e + ")",
        "a path of a file system that the cluster knows",
        "Check scheme, path and rights.");
  }

  /// The path on this machine, null if the name belongs to another file system.
  private java.nio.file.Path here(String name) {
    if (!(system(name) instanceof LocalFileSystem)) {
      return null;
    }
    return java.nio.file.Path.of(
        name.startsWith("file:") ? new Path(name).toUri().getPath() : name);
  }

  /// A file that can be read, and how long it is.
  record Found(String name, long bytes) {}

  /// All files that a user means, in the order in which `herd curate` reads them.
  /// @param named files, folders and patterns
  List<Found> files(List<String> named, CurateRecipe recipe) {
    var all = new ArrayList<Found>();
    for (var name : named) {
      try {
        if (here(name) != null) {
          for (var file : recipe.sources(List.of(here(name).toString()))) {
            boolean repository = Files.isDirectory(file);
            all.add(new Found(file.toString(), repository ? REPOSITORY : Files.size(file)));
          }
        } else if (recipe.repositories() && isFolder(name)) {
          throw new UserError(
              name,
              "a folder that would be a repository, on a file system of the cluster",
              "archives, or folders that all machines have under the same path",
              "Pack each repository, or leave 'repositories' out.");
        } else {
          all.addAll(remote(name));
        }
      } catch (IOException e) {
        throw trouble(name, e);
      }
    }
    return all.stream().distinct().toList();
  }

  private List<Found> remote(String name) throws IOException {
    var system = system(name);
    var matches = system.globStatus(new Path(name));
    var found = new TreeSet<Path>();
    for (var match : matches == null ? new FileStatus[0] : matches) {
      var below = system.listFiles(match.getPath(), true);
      while (below.hasNext()) {
        var file = below.next().getPath();
        if (!hidden(match.getPath(), file)) {
          found.add(file);
        }
      }
    }
    if (found.isEmpty()) {
      throw new UserError(name, "no file", "a file, a folder or a pattern", "Check the path.");
    }
    var files = new ArrayList<Found>();
    for (var file : found) {
      files.add(new Found(file.toString(), system.getFileStatus(file).getLen()));
    }
    return files;
  }

  /// Also what other programs leave beside their files: `_SUCCESS`.
  private static boolean hidden(Path folder, Path file) {
    var below = folder.toUri().relativize(file.toUri()).getPath();
    return below.matches("(.*/)?[._].*");
  }

  private boolean isFolder(String name) throws IOException {
    var matches = system(name).globStatus(new Path(name));
    return matches != null && Arrays.stream(matches).anyMatch(FileStatus::isDirectory);
  }

  /// A file on this machine with what stands under a name; a copy in `scratch` if it is elsewhere.
  /// @param scratch a folder for this copy alone; made if it is needed
  java.nio.file.Path fetch(String name, java.nio.file.Path scratch) {
    var here = here(name);
    if (here != null) {
      return here;
    }
    var copy = scratch.resolve(new Path(name).getName());
    try {
      Files.createDirectories(scratch);
      system(name).copyToLocalFile(false, new Path(name), new Path(copy.toUri()), true);
      return copy;
    } catch (IOException e) {
      throw trouble(name, e);
    }
  }

  /// Puts a file into place: whole or not at all, and again if another attempt did already.
  /// @param write is given a path on this machine to write to
  void put(String name, Consumer<java.nio.file.Path> write) {
    var target = new Path(name);
    try {
      var scratch = Files.createTempDirectory("herd");
      try {
        var file = scratch.resolve(target.getName());
        write.accept(file);
        var system = system(name);
        var aside = new Path(target.getParent(), "." + scratch.getFileName() + target.getName());
        system.mkdirs(target.getParent());
        system.copyFromLocalFile(true, true, new Path(file.toUri()), aside);
        system.delete(target, false);
        if (!system.rename(aside, target)) {
          throw new IOException("cannot rename " + aside);
        }
      } finally {
        Disk.delete(scratch);
      }
    } catch (IOException e) {
      throw trouble(name, e);
    }
  }

  boolean exists(String name) {
    try {
      return system(name).exists(new Path(name));
    } catch (IOException e) {
      throw trouble(name, e);
    }
  }

  void rename(String name, String to) {
    try {
      if (!system(name).rename(new Path(name), new Path(to))) {
        throw new IOException("cannot rename it to " + to);
      }
    } catch (IOException e) {
      throw trouble(name, e);
    }
  }

  void delete(String name) {
    try {
      system(name).delete(new Path(name), true);
    } catch (IOException e) {
      throw trouble(name, e);
    }
  }
}

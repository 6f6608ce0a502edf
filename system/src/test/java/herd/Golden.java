package herd;

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

  private static Path existing(String property, String otherwise, String name) {
    String set = System.getProperty(property);
    Path path = Path.of(set == null ? otherwise : set).resolve(name);
    assumeTrue(Files.exists(path), () -> path + " is absent; -D" + property + "=FOLDER names it");
    return path;
  }
}

package herd.pull;

import herd.engine.UserError;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The name of something to fetch.
public sealed interface Spec {
  /// `maven:group:artifact:version[:classifier]`: one jar.
  record Maven(String group, String artifact, String version, String classifier) implements Spec {
    @Override
    public Path place() {
      return Path.of("maven", group, artifact, version, classifier.isEmpty() ? "main" : classifier);
    }

    @Override
    public String toString() {
      var end = classifier.isEmpty() ? "" : ":" + classifier;
      return "maven:" + group + ":" + artifact + ":" + version + end;
    }

    String file() {
      return artifact + "-" + version + (classifier.isEmpty() ? "" : "-" + classifier) + ".jar";
    }
  }

  /// `pypi:name[==version]`: one wheel, without what it depends on.
  record Pypi(String name, String version) implements Spec {
    @Override
    public Path place() {
      return Path.of("pypi", name, version.isEmpty() ? "newest" : version);
    }

    @Override
    public String toString() {
      return "pypi:" + requirement();
    }

    String requirement() {
      return version.isEmpty() ? name : name + "==" + version;
    }
  }

  /// `hf:owner/name[@revision]` or `hf:datasets/owner/name[@revision]`: the files of a repository.
  record Hub(String kind, String name, String revision) implements Spec {
    @Override
    public Path place() {
      return Path.of("hf", kind, name, revision.replace("/", "--"));
    }

    @Override
    public String toString() {
      return "hf:" + (kind.equals("models") ? "" : kind + "/") + name + "@" + revision;
    }
  }

  /// `file:path`: a file or directory, left where it is.
  record Local(Path path) implements Spec {
    @Override
    public Path place() {
      return path;
    }

    @Override
    public String toString() {
      return "file:" + path;
    }
  }

  /// Where it stands below the cache's root; a local file's own path.
  Path place();

  /// Reads the written form.
  /// @throws UserError if it has none of the forms
  static Spec parse(String text) {
    var maven = match("maven:([\\w.-]+):([\\w.-]+):([\\w.+-]+)(?::([\\w.-]+))?", text);
    if (maven != null && safe(maven)) {
      var classifier = maven.group(4) == null ? "" : maven.group(4);
      return new Maven(maven.group(1), maven.group(2), maven.group(3), classifier);
    }
    var pypi = match("pypi:([A-Za-z0-9][\\w.-]*)(?:==([A-Za-z0-9][\\w.!+-]*))?", text);
    if (pypi != null && safe(pypi)) {
      return new Pypi(pypi.group(1), pypi.group(2) == null ? "" : pypi.group(2));
    }
    var hub = match("hf:(datasets/)?([\\w-][\\w.-]*/[\\w-][\\w.-]*)(?:@([\\w][\\w./-]*))?", text);
    if (hub != null && safe(hub)) {
      var revision = hub.group(3) == null ? "main" : hub.group(3);
      return new Hub(hub.group(1) == null ? "models" : "datasets", hub.group(2), revision);
    }
    if (text.startsWith("file:") && text.length() > 5 && text.indexOf('\0') < 0) {
      return new Local(Path.of(text.substring(5)));
    }
    throw new UserError(
        "'" + text + "'",
        "not the name of a source",
        "maven:group:artifact:version[:classifier], pypi:name[==version],"
            + " hf:[datasets/]owner/name[@revision], file:path",
        "Write it in one of these forms.");
  }

  private static Matcher match(String pattern, String text) {
    var matcher = Pattern.compile(pattern).matcher(text);
    return matcher.matches() ? matcher : null;
  }

  /// No part may lead out of the cache or look like an option.
  private static boolean safe(Matcher parts) {
    for (int i = 1; i <= parts.groupCount(); i++) {
      var part = parts.group(i);
      if (part != null && (part.startsWith("-") || part.startsWith(".") || part.contains(".."))) {
        return false;
      }
    }
    return true;
  }
}

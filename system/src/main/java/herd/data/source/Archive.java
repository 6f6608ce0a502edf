package herd.data.source;

import herd.data.code.ClassNames;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;

/// What the documents of one archive have in common.
/// @param path of the archive, or of a folder that is read as one
/// @param packages that it documents, empty if it does not say
/// @param repository whether documents say in their metadata `repo`, the path without its ending,
/// and `path`, the entry
/// @param most characters of an office file's text
record Archive(Path path, Set<String> packages, boolean repository, long most) {
  private String file() {
    return path.getFileName().toString();
  }

  String id(String entry) {
    return (repository ? path.normalize().toString() : file()) + "!/" + entry;
  }

  /// `guava-33.4.0-jre-javadoc.jar` is `guava-33.4.0-jre`.
  private String source() {
    return bare(file());
  }

  private String bare(String name) {
    if (Files.isDirectory(path)) {
      return name;
    }
    return name.replaceFirst("\\.(gz|zst)$", "")
        .replaceFirst("\\.[^./]*$", "")
        .replaceFirst("-(javadoc|sources)$", "");
  }

  /// Without the version: `guava`. Two versions of a page have one address.
  private String library() {
    return source().replaceFirst("-\\d.*$", "");
  }

  Loaded document(String entry, byte[] bytes, long number) {
    return switch (Contents.of(entry, bytes, most)) {
      case Contents.None(String reason) -> new Loaded.Unreadable(reason);
      case Contents.Text(String kind, String title, String text) -> {
        var group = kind.equals("code")
            ? ClassNames.ofSource(entry, text, source())
            : ClassNames.of(entry, packages, source());
        yield new Loaded.Document(
            library() + "/" + entry,
            source(),
            kind,
            group,
            title.isEmpty() ? entry.substring(entry.lastIndexOf('/') + 1) : title,
            text,
            "",
            "",
            path.toString(),
            number,
            FileBytes.digest(bytes),
            metadata(entry));
      }
    };
  }

  private Map<String, String> metadata(String entry) {
    if (!repository) {
      return Map.of();
    }
    return Map.of("repo", bare(path.normalize().toString().replace('\\', '/')), "path", entry);
  }
}

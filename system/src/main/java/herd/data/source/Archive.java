package herd.data.source;

import java.nio.file.Path;
import java.util.Map;
import java.util.Set;

/// What the documents of one archive have in common.
/// @param packages that it documents, empty if it does not say
record Archive(Path path, Set<String> packages) {
  private String file() {
    return path.getFileName().toString();
  }

  String id(String entry) {
    return file() + "!/" + entry;
  }

  /// `guava-33.4.0-jre-javadoc.jar` is `guava-33.4.0-jre`.
  private String source() {
    return file()
        .replaceFirst("\\.(gz|zst)$", "")
        .replaceFirst("\\.[^.]*$", "")
        .replaceFirst("-(javadoc|sources)$", "");
  }

  /// Without the version: `guava`. Two versions of a page have one address.
  private String library() {
    return source().replaceFirst("-\\d.*$", "");
  }

  Loaded document(String entry, byte[] bytes, long number) {
    return switch (Contents.of(entry, bytes)) {
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
            Map.of());
      }
    };
  }
}

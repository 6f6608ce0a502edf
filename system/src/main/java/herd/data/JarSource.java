package herd.data;

import herd.engine.UserError;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/// The pages and source files in a `-javadoc` or `-sources` jar. Entries are read one at a time and
/// never past a limit, whatever size they state.
final class JarSource implements AutoCloseable {
  private static final Pattern VERSION = Pattern.compile("-\\d.*$");
  private static final Pattern COPIES = Pattern.compile("^src-html/|(?<=/)class-use/");

  private final Path path;
  private final ZipFile zip;

  /// @throws UserError if the file is not a readable archive
  JarSource(Path path) {
    this.path = path;
    try {
      zip = new ZipFile(path.toFile());
    } catch (IOException | IllegalArgumentException e) {
      throw new UserError(
          path.toString(),
          "not a readable jar (" + e.getMessage() + ")",
          "a zip archive",
          "Fetch it again; the copy is damaged.");
    }
  }

  /// What an entry gave: a document, or the reason why there is none.
  sealed interface Read {
    record Some(Doc doc) implements Read {}

    record None(String id, String reason) implements Read {}
  }

  /// Names of all pages and source files, sorted.
  List<String> entries() {
    return Collections.list(zip.entries()).stream()
        .filter(entry -> !entry.isDirectory())
        .map(ZipEntry::getName)
        .filter(name -> isPage(name) || name.endsWith(".java"))
        .sorted(Comparator.naturalOrder())
        .toList();
  }

  private static boolean isPage(String name) {
    return name.endsWith(".html") || name.endsWith(".htm");
  }

  /// Bytes of the archive file.
  long bytes() {
    return path.toFile().length();
  }

  /// @param maxBytes an entry larger than this is not read further
  Read read(String entry, long maxBytes) {
    var id = path.getFileName() + "!/" + entry;
    byte[] bytes;
    try (var in = zip.getInputStream(zip.getEntry(entry))) {
      bytes = in.readNBytes((int) Math.min(Integer.MAX_VALUE - 8, maxBytes + 1));
    } catch (ZipException e) {
      return new Read.None(id, "corrupt-entry");
    } catch (IOException e) {
      return new Read.None(id, "unreadable-entry");
    }
    if (bytes.length > maxBytes) {
      return new Read.None(id, "too-large");
    }
    var kind = isPage(entry) ? "page" : "code";
    var text = Encoding.decode(bytes, kind.equals("page"));
    if (text.indexOf('\0') >= 0) {
      return new Read.None(id, "not-text");
    }
    var artifact = artifact();
    var url = VERSION.matcher(artifact).replaceAll("") + "/" + entry;
    var title = entry.substring(entry.lastIndexOf('/') + 1);
    return new Read.Some(new Doc(id, url, artifact, kind, group(entry), title, text));
  }

  /// The archive's name without its ending: `commons-io-2.18.0`.
  String artifact() {
    return path.getFileName().toString().replaceAll("(-javadoc|-sources)?\\.(jar|zip)$", "");
  }

  /// The top-level class that an entry belongs to; a listing of a package belongs to the package.
  /// `a/b/Outer.Inner.html`, `a/b/class-use/Outer.html` and `a/b/Outer.java` are all of
  /// `a.b.Outer`.
  static String group(String entry) {
    var path = COPIES.matcher(entry).replaceAll("");
    int slash = path.lastIndexOf('/');
    var directory = path.substring(0, slash + 1);
    var name = path.substring(slash + 1);
    int dot = name.indexOf('.');
    name = dot < 0 ? name : name.substring(0, dot);
    return (directory + name).replace('/', '.');
  }

  @Override
  public void close() {
    try {
      zip.close();
    } catch (IOException e) {
      // Nothing was written; what was read stays valid.
      return;
    }
  }
}

package herd.data.code;

import herd.data.code.RepositoryTexts.Source;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// Joins the files of one repository in the order of their needs, cut into parts at the borders of
/// files.
/// @param header a comment before each file, with `{path}` and `{language}`; empty for none
/// @param maxBytes of a part; a longer file is a part of its own
public record JoinedParts(String header, long maxBytes) {
  private static final Pattern AROUND = Pattern.compile("^(?:package/|(?:.*/)?[^/]*[-@][^/]*/)");

  /// Some files, joined.
  /// @param first number of the first of them
  /// @param number of the part, from 1
  /// @param language of most of its bytes
  /// @param files a line each: path, a tabulator, digest
  /// @param licence of all files
  /// @param text UTF-8
  public record Part(
      int first, int number, String language, String files, String licence, byte[] text) {
    /// The same with this text.
    public Part with(byte[] text) {
      return new Part(first, number, language, files, licence, text);
    }
  }

  /// Joins files.
  /// @param files without their texts
  /// @param sources gives each with its text; called once for each, in the order of the parts
  /// @param each takes the parts
  public void join(
      List<RepositoryFiles.File> files, IntFunction<Source> sources, Consumer<Part> each) {
    var prefix = prefix(files);
    var open = new Open();
    for (int i : new RepositoryFiles(files).order()) {
      var source = sources.apply(i);
      var shown = source.path().substring(prefix.length());
      var head = header.isEmpty() ? "" : head(shown, source.language()) + "\n";
      var text = source.text().endsWith("\n") ? source.text() : source.text() + "\n";
      var bytes = (head + text).getBytes(StandardCharsets.UTF_8);
      if (!open.lines.isEmpty() && open.text.size() + 1 + bytes.length > maxBytes) {
        each.accept(open.part());
        open = new Open(open.number + 1);
      }
      open.add(i, source, bytes);
    }
    if (!open.lines.isEmpty()) {
      each.accept(open.part());
    }
  }

  private String head(String path, String language) {
    var line =
        header.replace("{path}", path).replace("{language}", language).replaceAll("[\\r\\n]", " ");
    var known = Languages.named(language);
    return (known == null ? Language.Style.NONE : known.style()).comment(line);
  }

  /// The folders that an archive puts around all its files: `name-1.0/`, `package/`. Others
  /// that all paths begin with, `src/`, `org/`, say something.
  private static String prefix(List<RepositoryFiles.File> files) {
    var prefix = files.isEmpty() ? "" : files.getFirst().path();
    for (var file : files) {
      int i = 0;
      while (i < Math.min(prefix.length(), file.path().length())
          && prefix.charAt(i) == file.path().charAt(i)) {
        i++;
      }
      prefix = prefix.substring(0, i);
    }
    var around = AROUND.matcher(prefix.substring(0, prefix.lastIndexOf('/') + 1));
    return around.find() ? around.group() : "";
  }

  /// A part that grows.
  private static final class Open {
    private final int number;
    private final List<String> lines = new ArrayList<>();
    private final Map<String, Long> languages = new TreeMap<>();
    private final LinkedHashSet<String> licences = new LinkedHashSet<>();
    private final ByteArrayOutputStream text = new ByteArrayOutputStream();
    private int first;

    Open() {
      this(1);
    }

    Open(int number) {
      this.number = number;
    }

    void add(int index, Source source, byte[] bytes) {
      if (lines.isEmpty()) {
        first = index;
      } else {
        text.write('\n');
      }
      lines.add(source.path() + "\t" + source.digest());
      var known = Languages.named(source.language());
      boolean programs = known != null && known.type() == Language.Type.PROGRAMMING;
      languages.merge(source.language(), programs ? (long) bytes.length : 0, Long::sum);
      if (source.licence().contains(" OR ")) {
        licences.add(source.licence());
      } else if (!source.licence().isEmpty()) {
        licences.addAll(List.of(source.licence().split(" AND ")));
      }
      text.writeBytes(bytes);
    }

    Part part() {
      var most = languages.entrySet().stream()
          .max(Map.Entry.<String, Long>comparingByValue().thenComparing(Map.Entry.comparingByKey()))
          .orElseThrow();
      var licence = licences.size() == 1
          ? licences.getFirst()
          : licences.stream()
              .map(one -> one.contains(" OR ") ? "(" + one + ")" : one)
              .collect(Collectors.joining(" AND "));
      return new Part(
          first, number, most.getKey(), String.join("\n", lines), licence, text.toByteArray());
    }
  }
}

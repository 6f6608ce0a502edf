package herd.data;

import com.dynatrace.hash4j.hashing.Hashing;
import herd.data.Verdict.Drop;
import herd.data.Verdict.Keep;
import herd.data.code.FilePlace;
import herd.data.code.Imports;
import herd.data.code.JoinedParts;
import herd.data.code.JoinedParts.Part;
import herd.data.code.RepositoryFiles;
import herd.data.code.RepositoryTexts;
import herd.data.spill.SortedRows;
import herd.engine.UserError;
import herd.run.About;
import herd.run.Default;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;

/// Joins the documents of each repository to long ones (Llama 3 paper, section 3.4.2: long
/// contexts), each file after those that it imports, READMEs first. What is too long is cut between
/// files. Each joined document takes the place of its first file; the others go as
/// `joined-to-repository`. What was joined stands in the metadata: `files` (path and digest, a line
/// each), `part`, `licence`.
/// @param header a comment before each file, with `{path}` and `{language}`; empty for none
/// @param maxBytes of a joined document; a longer file stays alone
@About("join the files of each repository, each after those that it imports")
public record JoinRepository(
    @About("comment before each file, with {path} and {language}; empty for none")
    @Default("{path}")
    String header,

    @About("bytes of a joined document; a longer file stays alone") @Default("512K")
    long maxBytes)
    implements CorpusStep {
  /// The verdict on a document that is in the joined document of another.
  public static final Verdict GOES = new Drop("joined-to-repository");

  public JoinRepository {
    if (maxBytes < 1 || maxBytes > 1 << 28) {
      throw new UserError(
          "maxBytes", "" + maxBytes, "1 to 256M", "Code has three to four bytes a token.");
    }
  }

  private static FilePlace place(Doc doc) {
    return FilePlace.of(doc.source(), doc.id(), doc.metadata());
  }

  /// A hash of the repository, then the file, packed: what is noted of a corpus is about a quarter
  /// of its size.
  @Override
  public long[] sketch(Doc doc) {
    var place = place(doc);
    var language = place.language(doc.language(), doc.text());
    var source = new RepositoryTexts.Source(
        place.path(),
        language == null ? "" : language.name(),
        Imports.of(doc.text(), language),
        doc.origin().digest(),
        doc.metadata().getOrDefault("licence", ""),
        doc.text());
    var packed = source.pack();
    var sketch = new long[1 + packed.length];
    sketch[0] = Hashing.xxh3_64().hashCharsToLong(place.repository());
    System.arraycopy(packed, 0, sketch, 1, packed.length);
    return sketch;
  }

  /// A file of a repository.
  /// @param index of its document in the corpus
  /// @param at where its source lies among the sources
  public record Placed(long index, long at) {}

  /// A joined document.
  /// @param index of its first file's document in the corpus
  /// @param part what it holds, without its text
  /// @param parts of its repository
  /// @param at where its text lies among the texts
  /// @param length bytes of it
  public record Joined(long index, Part part, int parts, long at, int length) {}

  @Override
  public Judge judge(Sketches sketches) {
    var joined = new HashMap<Long, Joined>(); // by the index of the first file
    var sources = new RepositoryTexts(sketches.scratch(), "sources");
    try (var rows = new SortedRows(3, sketches.scratch());
        var texts = new RepositoryTexts(sketches.scratch(), "joined")) {
      sketches.forEach((index, sketch) -> rows.add(sketch[0], index, sources.add(sketch, 1)));
      var repository = new ArrayList<Placed>();
      var key = new long[1];
      Runnable end = () -> {
        join(repository, sources, texts).forEach(one -> joined.put(one.index(), one));
        repository.clear();
      };
      rows.forEach((row, at) -> {
        if (row[at] != key[0]) {
          end.run();
          key[0] = row[at];
        }
        repository.add(new Placed(row[at + 1], row[at + 2]));
      });
      end.run();
      return (index, doc) -> {
        var one = joined.get(index);
        return one == null
            ? GOES
            : new Keep(
                joined(doc, one.part().with(texts.text(one.at(), one.length())), one.parts()));
      };
    } finally {
      sources.remove();
    }
  }

  /// Joins one repository. Memory holds its paths and imports, and one part.
  /// @param files in the order of the corpus
  /// @param sources where the files' sources lie
  /// @param texts get the joined ones
  public List<Joined> join(List<Placed> files, RepositoryTexts sources, RepositoryTexts texts) {
    var light = new ArrayList<RepositoryFiles.File>();
    for (var file : files) {
      var source = sources.source(file.at());
      light.add(new RepositoryFiles.File(source.path(), source.language(), source.imports()));
    }
    var parts = new ArrayList<Joined>();
    new JoinedParts(header, maxBytes)
        .join(light, i -> sources.source(files.get(i).at()), part -> {
          long at = texts.add(part.text());
          long index = files.get(part.first()).index();
          parts.add(new Joined(index, part.with(new byte[0]), 0, at, part.text().length));
        });
    return parts.stream()
        .map(one -> new Joined(one.index(), one.part(), parts.size(), one.at(), one.length()))
        .toList();
  }

  /// The joined document that takes the place of its first file.
  /// @param parts of its repository
  public static Doc joined(Doc first, Part part, int parts) {
    var repository = place(first).repository();
    var metadata = new HashMap<String, String>();
    metadata.put("repo", repository);
    metadata.put("part", part.number() + "/" + parts);
    metadata.put("files", part.files());
    if (!part.licence().isEmpty()) {
      metadata.put("licence", part.licence());
    }
    var id = repository + "!/#" + part.number();
    return new Doc(
        id,
        id,
        first.source(),
        "code",
        repository,
        first.source(),
        new String(part.text(), StandardCharsets.UTF_8),
        first.date(),
        part.language(),
        first.origin(),
        metadata);
  }
}

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
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

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
  /// of
  /// its size.
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

  /// Where a joined document lies.
  private record Joined(Part part, int parts, long at, int length) {}

  /// Holds one repository's paths and imports at a time, and one part.
  @Override
  public Judge judge(Sketches sketches) {
    var joined = new HashMap<Long, Joined>(); // by the index of the first file
    var sources = new RepositoryTexts(sketches.scratch(), "sources");
    try (var rows = new SortedRows(3, sketches.scratch());
        var texts = new RepositoryTexts(sketches.scratch(), "joined")) {
      sketches.forEach((index, sketch) -> rows.add(sketch[0], index, sources.add(sketch, 1)));
      var repository = new ArrayList<long[]>();
      rows.forEach((row, at) -> {
        if (!repository.isEmpty() && repository.getFirst()[0] != row[at]) {
          join(repository, sources, texts, joined);
          repository.clear();
        }
        repository.add(new long[] {row[at], row[at + 1], row[at + 2]});
      });
      if (!repository.isEmpty()) {
        join(repository, sources, texts, joined);
      }
      return (index, doc) -> judge(doc, joined.get(index), texts);
    } finally {
      sources.remove();
    }
  }

  private void join(
      List<long[]> repository,
      RepositoryTexts sources,
      RepositoryTexts texts,
      Map<Long, Joined> joined) {
    var files = new ArrayList<RepositoryFiles.File>();
    for (var row : repository) {
      var source = sources.source(row[2]);
      files.add(new RepositoryFiles.File(source.path(), source.language(), source.imports()));
    }
    var parts = new ArrayList<Joined>();
    new JoinedParts(header, maxBytes)
        .join(files, i -> sources.source(repository.get(i)[2]), part -> {
          long at = texts.add(part.text());
          var light = new Part(
              part.first(),
              part.number(),
              part.language(),
              part.files(),
              part.licence(),
              new byte[0]);
          parts.add(new Joined(light, 0, at, part.text().length));
        });
    for (var one : parts) {
      joined.put(
          repository.get(one.part().first())[1],
          new Joined(one.part(), parts.size(), one.at(), one.length()));
    }
  }

  private static Verdict judge(Doc doc, Joined joined, RepositoryTexts texts) {
    if (joined == null) {
      return new Drop("joined-to-repository");
    }
    var repository = place(doc).repository();
    var part = joined.part();
    var metadata = new HashMap<String, String>();
    metadata.put("repo", repository);
    metadata.put("part", part.number() + "/" + joined.parts());
    metadata.put("files", part.files());
    if (!part.licence().isEmpty()) {
      metadata.put("licence", part.licence());
    }
    var id = repository + "!/#" + part.number();
    return new Keep(new Doc(
        id,
        id,
        doc.source(),
        "code",
        repository,
        doc.source(),
        texts.text(joined.at(), joined.length()),
        doc.date(),
        part.language(),
        doc.origin(),
        metadata));
  }
}

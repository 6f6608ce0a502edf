package herd.data;

import com.dynatrace.hash4j.hashing.Hashing;
import herd.data.Verdict.Drop;
import herd.data.Verdict.Keep;
import herd.data.code.FilePlace;
import herd.data.code.Language;
import herd.data.code.LicenceFiles;
import herd.data.code.LicenceFiles.Says;
import herd.data.code.LicenceFiles.Weight;
import herd.data.code.Licences;
import herd.data.code.RepositoryLicences;
import herd.engine.UserError;
import herd.run.About;
import herd.run.Default;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Keeps files under licences that are allowed, and leaves in each the SPDX expression as
/// `licence`. What a file's first comments say counts before the licence files and package
/// descriptions of its folder, these before those of the folders above; where none says
/// anything, what at least half of the repository's source files say of themselves counts for
/// the others. Stands before steps that drop licence files.
/// @param allow families (`permissive`, `public-domain`, `weak-copyleft`, `copyleft`,
/// `network-copyleft`, `restricted`) and SPDX identifiers
/// @param unknown what becomes of files whose licence is not known or not there
@About("keep files of repositories whose licence is allowed")
public record LicenceFilter(
    @About("families of licences and SPDX identifiers that are allowed")
    @Default("[permissive, public-domain]")
    List<String> allow,

    @About("what becomes of files without a known licence: drop, keep") @Default("drop")
    Unknown unknown)
    implements CorpusStep {
  /// What becomes of files without a known licence.
  public enum Unknown {
    /// They go.
    DROP,
    /// They stay.
    KEEP
  }

  /// What a sketch says of its document: nothing more, that it is source code, what it says of
  /// itself; or else, from here on, the weight of what it says of its folder.
  private static final int OTHER = 0;

  private static final int SOURCE = 1;
  private static final int FOLDER = 2;
  private static final int NAMED = 16;

  public LicenceFilter {
    allow = List.copyOf(allow);
    var families = Arrays.stream(Licences.Family.values())
        .map(Licences.Family::kebab)
        .filter(family -> !family.equals("unknown"))
        .toList();
    for (var one : allow) {
      if (!families.contains(one) && !Licences.knows(one)) {
        throw new UserError(
            "allow",
            one,
            String.join(", ", families) + ", or SPDX identifiers such as MIT and GPL-2.0-only",
            "Identifiers are written as SPDX writes them.");
      }
    }
  }

  private static FilePlace place(Doc doc) {
    return FilePlace.of(doc.source(), doc.id(), doc.metadata());
  }

  /// What the document says of itself; null if nothing.
  private static String own(Doc doc, FilePlace place) {
    var said = LicenceFiles.ofHead(doc.text(), place.language(doc.language(), doc.text()));
    return said != null ? said : LicenceFiles.ofRow(doc.metadata());
  }

  /// The repository's hash, what the rest is, and two texts: an expression and a folder.
  @Override
  public long[] sketch(Doc doc) {
    var place = place(doc);
    long repository = Hashing.xxh3_64().hashCharsToLong(place.repository());
    var says = LicenceFiles.says(place.path(), doc.text());
    if (says != null) {
      int what = FOLDER + says.weight().ordinal() + (says.named() ? NAMED : 0);
      return packed(repository, what, says.expression() + "\n" + says.folder());
    }
    var language = place.language(doc.language(), doc.text());
    if (language == null || language.type() != Language.Type.PROGRAMMING) {
      return new long[] {repository, OTHER};
    }
    var own = own(doc, place);
    return own == null ? new long[] {repository, SOURCE} : packed(repository, SOURCE, own);
  }

  private static long[] packed(long repository, int what, String text) {
    var utf8 = text.getBytes(StandardCharsets.UTF_8);
    var bytes = ByteBuffer.allocate(Long.BYTES * ((utf8.length + 7) / 8)).put(utf8);
    var sketch = new long[2 + bytes.capacity() / Long.BYTES];
    sketch[0] = repository;
    sketch[1] = what;
    bytes.rewind().asLongBuffer().get(sketch, 2, sketch.length - 2);
    return sketch;
  }

  private static String text(long[] sketch) {
    var bytes = ByteBuffer.allocate(Long.BYTES * (sketch.length - 2));
    bytes.asLongBuffer().put(sketch, 2, sketch.length - 2);
    int end = bytes.capacity();
    while (end > 0 && bytes.get(end - 1) == 0) {
      end--;
    }
    return new String(bytes.array(), 0, end, StandardCharsets.UTF_8);
  }

  /// What the files of repositories say together: little for each repository, which is held in
  /// memory. It does not depend on their order.
  public static final class Said {
    private final Map<Long, RepositoryLicences> repositories = new HashMap<>();

    /// Takes the sketch of files.
    /// @param files how many have this one
    public void add(long[] sketch, long files) {
      int what = (int) sketch[1];
      if (what == OTHER) {
        return;
      }
      var licences = repositories.computeIfAbsent(sketch[0], _ -> new RepositoryLicences());
      if (what == SOURCE) {
        licences.source(sketch.length == 2 ? null : text(sketch), files);
        return;
      }
      var parts = text(sketch).split("\n", -1);
      var weight = Weight.values()[what % NAMED - FOLDER];
      for (long file = 0; file < files; file++) {
        licences.add(new Says(parts[1], weight, what >= NAMED, parts[0]));
      }
    }

    private String of(FilePlace place) {
      var licences = repositories.get(Hashing.xxh3_64().hashCharsToLong(place.repository()));
      return licences == null ? null : licences.of(place.path());
    }
  }

  @Override
  public Judge judge(Sketches sketches) {
    var said = new Said();
    sketches.forEach((_, sketch) -> said.add(sketch, 1));
    return judge(said);
  }

  /// Judges by what the files of the documents' repositories say.
  public Judge judge(Said said) {
    return (_, doc) -> judge(doc, said);
  }

  private Verdict judge(Doc doc, Said said) {
    var place = place(doc);
    boolean source = LicenceFiles.says(place.path(), doc.text()) == null
        && !LicenceFiles.isLicence(place.path());
    var own = source ? own(doc, place) : null;
    var licence = own == null ? said.of(place) : own;
    if (licence == null || licence.isEmpty()) {
      var reason = licence == null ? "licence-missing" : "licence-unknown";
      return unknown == Unknown.KEEP ? new Keep(doc) : new Drop(reason);
    }
    var ruling = Licences.rule(licence, allow::contains);
    boolean stays =
        ruling.allowed() || unknown == Unknown.KEEP && ruling.family() == Licences.Family.UNKNOWN;
    return stays
        ? new Keep(doc.with("licence", licence))
        : new Drop("licence-" + ruling.family().kebab());
  }
}

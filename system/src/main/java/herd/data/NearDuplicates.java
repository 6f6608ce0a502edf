package herd.data;

import herd.data.code.BareCode;
import herd.data.code.FilePlace;
import herd.data.code.Language;
import herd.data.dedup.Bands;
import herd.data.dedup.Groups;
import herd.data.dedup.KeyFile;
import herd.data.dedup.MinHash;
import herd.data.dedup.Mix;
import herd.data.dedup.NearIndex;
import herd.data.dedup.SetFile;
import herd.data.dedup.Simplifier;
import herd.engine.UserError;
import herd.run.About;
import herd.run.Default;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;

/// Drops near copies over the whole corpus (Llama 3 paper, section 3.1.1): MinHash signatures of
/// word n-grams, cut into bands; documents that share a band are joined, also over others, and of
/// each group the best is kept: of the highest quality, the newest, the longest, the first. With
/// the defaults half of the pairs of Jaccard similarity 0.70 share a band, one in a hundred at
/// 0.40, and 99 of a hundred at 0.87. Documents of fewer words than a shingle are all kept.
/// @param shingle words of it
/// @param bands in which one agreement is enough
/// @param rows places of a band, all of which must agree
/// @param seed of the random orders
/// @param verify least exact Jaccard similarity of documents that are joined; 0 asks for none
/// @param perLanguage whether documents of different languages are never joined
/// @param quality name of a number in the documents' metadata, the higher the better
/// @param index file of an earlier corpus: documents like one of its are dropped; empty for none
/// @param writeIndex file for the documents that are kept, and those of `index`; empty for none
/// @param bareCode whether source code is compared without comments and imports
@About("keep one of documents that are nearly the same")
public record NearDuplicates(
    @About("words in a shingle") @Default("5") int shingle,

    @About("bands, any of which betrays a pair") @Default("14")
    int bands,

    @About("hashes in a band, all of which must agree") @Default("8")
    int rows,

    @About("seed of the hashes") @Default("1") long seed,

    @About("least exact Jaccard similarity of what is joined, 0 to join all that share a band")
    @Default("0")
    double verify,

    @About("join only documents of the same language") @Default("true")
    boolean perLanguage,

    @About("metadata by which the best is kept") @Default("quality")
    String quality,

    @About("index of an earlier corpus, whose copies are dropped") @Default("")
    String index,

    @About("where the index of this and the earlier corpus goes") @Default("")
    String writeIndex,

    @About("whether comments and imports of source code do not count") @Default("false")
    boolean bareCode)
    implements CorpusStep {
  private static final int MOST = 4096;

  /// What stands in a sketch before the keys: quality, date, length, and how many keys follow.
  private static final int KEYS = 4;

  public NearDuplicates {
    check("shingle", shingle, 100);
    check("bands", bands, MOST);
    check("rows", rows, MOST / bands);
    if (seed < 0 || seed >= 1L << 32) {
      throw new UserError("seed", "" + seed, "0 to 4294967295", "1 is usual.");
    }
    if (!index.isEmpty() && index.equals(writeIndex)) {
      throw new UserError(
          "writeIndex", "the file that is read", "another file", "Name a new one for each run.");
    }
    if (!(verify >= 0 && verify <= 1)) {
      throw new UserError("verify", "" + verify, "0 to 1", "0.7 or 0.8 is usual, 0 for none.");
    }
  }

  /// With all else as usual.
  public NearDuplicates(int shingle, int bands, int rows) {
    this(shingle, bands, rows, 1, 0, true, "quality", "", "", false);
  }

  private static void check(String name, int value, int most) {
    if (value < 1 || value > most) {
      throw new UserError(
          name,
          Integer.toString(value),
          "1 to " + most,
          "5 words, 14 bands of 8 rows are usual; bands times rows is at most " + MOST + ".");
    }
  }

  @Override
  public List<String> files() {
    return index.isEmpty() ? List.of() : List.of(index);
  }

  /// Quality, date and length, the keys of the bands, and all shingles if they will be compared.
  @Override
  public long[] sketch(Doc doc) {
    var minHash = MinHash.of(shingle, bands, rows, seed);
    var text = new Simplifier(true);
    text.read(bareCode ? bare(doc) : doc.text());
    var shingles = minHash.shingles(text);
    var keys = shingles.length == 0
        ? new long[0]
        : minHash.keys(minHash.signature(shingles), CorpusStep.scope(doc, perLanguage));
    var set = verify > 0 ? MinHash.set(shingles) : new long[0];
    var sketch = Arrays.copyOf(
        new long[] {Best.quality(doc, quality), Best.date(doc), doc.text().length(), keys.length},
        KEYS + keys.length + set.length);
    System.arraycopy(keys, 0, sketch, KEYS, keys.length);
    System.arraycopy(set, 0, sketch, KEYS + keys.length, set.length);
    return sketch;
  }

  /// What counts of a document's text.
  private static String bare(Doc doc) {
    var place = FilePlace.of(doc.source(), doc.id(), doc.metadata());
    var language = place.language(doc.language(), doc.text());
    boolean code = language != null && language.type() == Language.Type.PROGRAMMING;
    return code ? BareCode.of(doc.text(), language) : doc.text();
  }

  /// Why documents go.
  /// @param known whether it is for a document of the earlier corpus
  public static String reason(boolean known) {
    return known ? "known-near-duplicate" : "near-duplicate";
  }

  /// The keys of a document's bands: documents that have one in common are alike.
  public static long[] keys(long[] sketch) {
    return Arrays.copyOfRange(sketch, KEYS, KEYS + (int) sketch[KEYS - 1]);
  }

  /// A document's shingles, none if they will not be compared.
  public static long[] shingles(long[] sketch) {
    return Arrays.copyOfRange(sketch, KEYS + (int) sketch[KEYS - 1], sketch.length);
  }

  /// Whether of two documents of a group the one is rather kept; if neither is, the first stays.
  public static boolean better(long[] sketch, long[] than) {
    return Best.compare(sketch[0], sketch[1], sketch[2], than[0], than[1], than[2]) > 0;
  }

  /// Whether documents that share a band are joined.
  /// @param one its shingles
  public boolean joins(long[] one, long[] other) {
    return verify == 0 || MinHash.jaccard(one, other) >= verify;
  }

  /// Says of the keys of a document's bands whether the earlier corpus has one of them.
  /// @throws UserError if the index cannot be read or was made with other settings
  public Predicate<long[]> known() {
    if (index.isEmpty()) {
      return _ -> false;
    }
    var earlier = KeyFile.open(Path.of(index), mark());
    return keys -> NearIndex.knows(earlier, keys);
  }

  /// What indexes must have in common.
  private long mark() {
    return Mix.of(Mix.of(Mix.of(Mix.of(shingle) ^ bands) ^ rows) ^ seed)
        ^ (perLanguage ? 1 : 0)
        ^ (bareCode ? 2 : 0);
  }

  @Override
  public Judge judge(Sketches sketches) {
    int size = Math.toIntExact(sketches.size());
    var groups = new Groups(size);
    var best = new Best(size);
    var isKnown = known();
    var known = new BitSet();
    try (var shared = new Bands(sketches.scratch())) {
      sketches.forEach((at, sketch) -> {
        int i = (int) at;
        best.set(i, sketch);
        var keys = keys(sketch);
        shared.add(i, keys);
        if (isKnown.test(keys)) {
          known.set(i);
        }
      });
      join(shared, groups, sketches);
    }
    var dropped = best.others(groups, known);
    if (!writeIndex.isEmpty()) {
      writeIndex(
          Path.of(writeIndex),
          sketches.scratch(),
          index -> sketches.forEach((at, sketch) -> {
            if (!dropped.get((int) at)) {
              index.add(keys(sketch));
            }
          }));
    }
    return (at, doc) -> dropped.get((int) at)
        ? new Verdict.Drop(reason(known.get((int) at)))
        : new Verdict.Keep(doc);
  }

  private void join(Bands shared, Groups groups, Sketches sketches) {
    if (verify == 0) {
      shared.pairs(groups::join);
      return;
    }
    try (var sets = new SetFile(sketches.scratch())) {
      sketches.forEach((_, sketch) -> {
        int from = KEYS + (int) sketch[KEYS - 1];
        sets.add(sketch, from, sketch.length - from);
      });
      shared.pairs((one, other) -> {
        if (groups.root(one) != groups.root(other) && joins(sets.get(one), sets.get(other))) {
          groups.join(one, other);
        }
      });
    }
  }

  /// Writes the index of this and the earlier corpus.
  /// @param scratch a directory for what does not fit in memory
  /// @param kept adds the keys of the documents that are kept, in any order
  public void writeIndex(Path file, Path scratch, Consumer<NearIndex> kept) {
    var earlier = index.isEmpty() ? null : KeyFile.open(Path.of(index), mark());
    try (var all = new NearIndex(scratch)) {
      kept.accept(all);
      all.write(file, mark(), earlier);
    }
  }
}

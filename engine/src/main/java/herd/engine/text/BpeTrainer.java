package herd.engine.text;

import herd.engine.UserError;
import herd.engine.learn.Learned;
import herd.engine.learn.PieceCounts;
import herd.engine.learn.Segmenter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;

/// Learns a byte-level BPE (Llama 3 paper, section 3.2): again and again the most frequent pair of
/// neighbouring tokens inside a piece becomes a token. The 256 bytes are ids 0 … 255, new tokens
/// follow in the order in which they are learned, special tokens come last. Among equally
/// frequent pairs the one with the smaller (left id, right id) goes first, so the result depends
/// on the texts alone, not on their order and not on the number of threads.
///
/// A trainer first takes the corpus through [#add], then learns once. Pieces for which there is
/// no memory go to disk.
public final class BpeTrainer implements AutoCloseable {
  private final PieceCounts counts;
  private final Split split;

  /// A trainer that starts from the bytes, with the pieces of Llama 3.
  /// @param threads that call [#add] at a time, about
  /// @param memory bytes that counting may take, about
  /// @param folder for temporary files, which are needed when `memory` is short
  public BpeTrainer(int threads, long memory, Path folder) {
    this(Split.LLAMA3, threads, memory, folder);
  }

  private BpeTrainer(Split split, int threads, long memory, Path folder) {
    this.split = split;
    this.counts = new PieceCounts(threads, memory, folder);
  }

  /// A trainer for [#extend], with the pieces of a vocabulary.
  /// @throws UserError if `base` does not stand on bytes
  public static BpeTrainer of(Tokenizer base, int threads, long memory, Path folder) {
    var split = base.words().split();
    if (split == Split.WHOLE || base.words().nfc()) {
      throw new UserError(
          "tokenizer",
          split == Split.WHOLE ? "one of Llama 2's kind" : "one that normalises its text",
          "a byte-level one that takes text as it is (Llama 3, GPT-2, cl100k, SmolLM)",
          "Start from another tokenizer.");
    }
    return new BpeTrainer(split, threads, memory, folder);
  }

  /// Learns from texts in memory.
  /// @param texts the corpus; read once
  /// @param vocab entries wanted, bytes and special tokens included; there are fewer if the
  /// corpus has no more pairs
  /// @param specials names of special tokens, such as [Tokenizer#LLAMA3_SPECIALS]
  /// @throws UserError if `vocab` has no room for the bytes and the special tokens
  public static Tokenizer train(Iterable<String> texts, int vocab, List<String> specials) {
    var folder = Path.of(System.getProperty("java.io.tmpdir"));
    long memory = Runtime.getRuntime().maxMemory() / 4;
    try (var trainer = new BpeTrainer(1, memory, folder)) {
      for (String text : texts) {
        byte[] utf8 = Utf8.encode(text);
        trainer.add(utf8, 0, utf8.length);
      }
      return trainer.learn(vocab, specials, _ -> {}).tokenizer();
    }
  }

  /// Counts the pieces of `utf8[from..to)`: valid UTF-8, a document or what [#cut] cuts off one.
  /// Any number of threads may call.
  public void add(byte[] utf8, int from, int to) {
    counts.add(utf8, from, to, split::end);
  }

  /// The last place in `utf8[from..to)`, valid UTF-8, where a document can be cut in two without
  /// changing its pieces: `from` if there is none.
  public int cut(byte[] utf8, int from, int to) {
    return split.cut(utf8, from, to);
  }

  /// How counting went.
  /// @param runs how many times pieces went to disk
  /// @param cut words that were longer than a mebibyte and were cut
  /// @param least how often a word must have come to be learned from: more than once if there
  /// were more distinct words than memory for them
  /// @param dropped how many distinct words came less often
  /// @param droppedCharacters that these have in the corpus
  public record Counted(int runs, long cut, long least, long dropped, long droppedCharacters) {}

  /// How counting went; the last three are known after learning.
  public Counted counted() {
    return new Counted(
        counts.runs(),
        counts.cutPieces(),
        counts.least(),
        counts.dropped(),
        counts.droppedCharacters());
  }

  /// What came out.
  /// @param tokenizer the new vocabulary
  /// @param corpusTokens tokens of the whole corpus but the dropped words, as merging left it
  public record Result(Tokenizer tokenizer, long corpusTokens) {}

  /// Learns merges. What was counted is used up.
  /// @param vocab ids wanted, special tokens included
  /// @param specials names of special tokens; the base's if it has some and this is empty
  /// @param progress told the number of tokens now and then; may throw to stop
  /// @throws UserError if `vocab` has no room for what is there before learning
  public Result learn(int vocab, List<String> specials, LongConsumer progress) {
    checkRoom(vocab, specials);
    var bytes = new ArrayList<byte[]>();
    for (int b = 0; b < 256; b++) {
      bytes.add(new byte[] {(byte) b});
    }
    var learned = counts.learn(bytes, Segmenter.BYTES, vocab - specials.size(), progress);
    var ids = new LinkedHashMap<String, Integer>();
    specials.forEach(name -> ids.put(name, learned.size() + ids.size()));
    return new Result(new Tokenizer(merges(learned), ids), learned.corpusTokens());
  }

  /// Learns merges on top of a vocabulary, whose tokens keep their ids. What was counted is used
  /// up.
  /// @param base the vocabulary, the one this trainer was made for
  /// @param vocab ids wanted, special tokens included
  /// @param keepSpecials whether special tokens keep their ids too, with the new tokens behind
  /// them; else they come last
  /// @param progress told the number of tokens now and then; may throw to stop
  /// @throws UserError if `vocab` has no room for the base
  public Result extend(Tokenizer base, int vocab, boolean keepSpecials, LongConsumer progress) {
    var extension = new Extension(base, keepSpecials);
    checkRoom(vocab, extension.first(), "ids", extension.moved());
    var learned = counts.learn(
        extension.tokens(),
        extension,
        Math.addExact(extension.tokens().size(), vocab - extension.first() - extension.moved()),
        progress);
    return new Result(extension.with(learned), learned.corpusTokens());
  }

  /// Checks what [#learn] is asked, before a long count.
  /// @throws UserError if `vocab` has no room for the bytes and the special tokens
  public static void checkRoom(int vocab, List<String> specials) {
    var names = new LinkedHashSet<String>();
    for (String name : specials) {
      if (name.isEmpty() || !names.add(name)) {
        throw new UserError(
            "special tokens",
            name.isEmpty() ? "an empty name" : name + " twice",
            "Name each once.");
      }
    }
    checkRoom(vocab, 256, "bytes", names.size());
  }

  private static void checkRoom(int vocab, int taken, String what, int specials) {
    if (vocab < taken + specials) {
      throw new UserError(
          "vocab",
          "" + vocab,
          taken + specials + " or more (" + taken + " " + what + " and " + specials
              + " special tokens)",
          "Raise vocab.");
    }
  }

  @Override
  public void close() {
    counts.close();
  }

  private static Merges merges(Learned learned) {
    var tokens = new ByteStrings();
    for (int t = 0; t < learned.size(); t++) {
      byte[] bytes = learned.token(t);
      tokens.add(bytes, 0, bytes.length);
    }
    var pairs = new PairTable();
    var results = new Ints();
    int[] merges = learned.merges();
    for (int m = 0; m < merges.length; m += 3) {
      if (pairs.add(merges[m], merges[m + 1]) == results.size()) {
        results.add(merges[m + 2]);
      }
    }
    var ids = new int[tokens.size()];
    Arrays.setAll(ids, i -> i);
    var ranks = new int[results.size()];
    Arrays.setAll(ranks, i -> i);
    return new Merges(tokens, ids, pairs, results.toArray(), ranks, true);
  }

  /// A vocabulary that is about to be extended: its tokens under the numbers that learning uses
  /// (the 256 bytes first, then the others by id), and how texts are cut into them.
  private static final class Extension implements Segmenter {
    private final Tokenizer base;
    private final List<byte[]> tokens = new ArrayList<>();
    private final Ints ids = new Ints(); // number → id
    private final int[] numbers; // id → number
    private final int first;
    private final List<Map.Entry<String, Integer>> specials;
    private final int moved;
    private final Merges.Encoder encoder;
    private final Ints cut = new Ints();

    Extension(Tokenizer base, boolean keepSpecials) {
      this.base = base;
      encoder = base.merges().new Encoder();
      numbers = new int[base.vocab()];
      var found = new int[256];
      Arrays.fill(found, -1);
      int last = -1;
      for (int id = 0; id < base.vocab(); id++) {
        if (base.has(id) && !base.isSpecial(id)) {
          byte[] bytes = base.bytes(id);
          if (bytes.length == 1) {
            found[bytes[0] & 0xFF] = id;
          }
          last = id;
        }
      }
      for (int b = 0; b < 256; b++) {
        if (found[b] < 0) {
          throw new UserError(
              "tokenizer", "no token for the byte " + b, "one for each of 256", "Take another.");
        }
        number(found[b]);
      }
      for (int id = 0; id < base.vocab(); id++) {
        if (base.has(id) && !base.isSpecial(id) && base.bytes(id).length != 1) {
          number(id);
        }
      }
      specials = base.specials().entrySet().stream()
          .sorted(Map.Entry.comparingByValue())
          .toList();
      int lastToken = last;
      first = keepSpecials ? base.vocab() : last + 1;
      moved = keepSpecials
          ? 0
          : (int) specials.stream().filter(e -> e.getValue() > lastToken).count();
    }

    private void number(int id) {
      numbers[id] = tokens.size();
      tokens.add(base.bytes(id));
      ids.add(id);
    }

    List<byte[]> tokens() {
      return tokens;
    }

    /// The id that the first new token gets.
    int first() {
      return first;
    }

    /// How many special tokens come behind the new tokens.
    int moved() {
      return moved;
    }

    @Override
    public void cut(byte[] utf8, int from, int to, int[] symbols, int at) {
      cut.clear();
      encoder.encode(utf8, from, to, cut);
      int place = at;
      for (int i = 0; i < cut.size(); i++) {
        int number = numbers[cut.get(i)];
        symbols[place] = number;
        place += tokens.get(number).length;
        symbols[place - 1] = number;
      }
    }

    /// The base with what was learned.
    Tokenizer with(Learned learned) {
      int known = tokens.size();
      var more = new ArrayList<byte[]>();
      var moreIds = new int[learned.size() - known];
      for (int t = known; t < learned.size(); t++) {
        more.add(learned.token(t));
        moreIds[t - known] = first + t - known;
      }
      int[] triples = learned.merges();
      for (int i = 0; i < triples.length; i++) {
        triples[i] = triples[i] < known ? ids.get(triples[i]) : first + triples[i] - known;
      }
      var all = new LinkedHashMap<String, Integer>();
      int next = first + more.size();
      for (var special : specials) {
        boolean moves = moved > 0 && special.getValue() >= first;
        all.put(special.getKey(), moves ? next++ : special.getValue());
      }
      return new Tokenizer(base.merges().with(more, moreIds, triples), all, base.words());
    }
  }
}

package herd.data;

import herd.data.Pass.Chunk;
import herd.data.Pass.Done;
import herd.data.source.Source;
import herd.data.words.TokenCount;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// One pass over one part of a corpus, for an executor whose parts lie on many machines. All parts'
/// outcomes in the parts' order are what the executor on one machine makes of the corpus as a
/// whole: the passes, how files are read, and the counts are the same.
///
/// A pass reads or is opened by the verdicts of the [CorpusStep] before it ([#opening]), goes
/// through the [DocumentStep]s, and ends with the sketches of the next [CorpusStep], if there is
/// one. For one thread.
public final class CorpusPart {
  private final Pass pass;
  private final List<String> names;
  private final long seed;
  private final Tally tally;

  /// What is left of some documents.
  /// @param docs the documents, for [#judge] of the next pass and for [#documents]
  /// @param size how many they are
  /// @param sketches of the documents in the same order; none in the last pass
  /// @param rejected lines of JSON with what was dropped, packed by zstd; empty for none. Several
  /// one after the other are one file.
  public record Left(byte[] docs, int size, long[][] sketches, byte[] rejected)
      implements Serializable {}

  /// @param keepRejected whether what is dropped is handed out too
  /// @param secondsPerDocument of processor time; a document that takes longer is dropped
  /// @param tokens how the tokens in the funnel are counted
  /// @param seed of the choice of samples
  public record Settings(
      boolean keepRejected, double secondsPerDocument, TokenCount tokens, long seed) {}

  /// @param steps of the whole pipeline
  /// @param number of the pass, from 0
  /// @param opening verdicts of the step before the pass; null in the first one
  /// @param settings of what concerns every document
  public CorpusPart(List<Step> steps, int number, CorpusStep.Judge opening, Settings settings) {
    var care = new Pass.Care(settings.secondsPerDocument, settings.tokens);
    pass = Pass.of(number, steps, opening, settings.keepRejected, care);
    names = Pipeline.names(steps);
    seed = settings.seed;
    tally = new Tally(names, seed);
  }

  /// How many passes the steps need.
  public static int passes(List<Step> steps) {
    return Pass.passes(steps);
  }

  /// The step whose verdicts open a pass, and whose sketches the pass before it leaves.
  /// @param number of the pass, above 0
  public static CorpusStep opening(List<Step> steps, int number) {
    return (CorpusStep) steps.get(Pass.place(steps, number));
  }

  /// The first pass: takes the documents of sources, little by little.
  public Iterator<Left> read(List<Source> sources) {
    var feeder = new Feeder(sources, 0, 0, 0);
    return new Iterator<>() {
      private Chunk next = feeder.next();

      @Override
      public boolean hasNext() {
        return next != null;
      }

      @Override
      public Left next() {
        if (next == null) {
          throw new NoSuchElementException();
        }
        var left = work(next);
        next.ended().forEach(Source.Cursor::close);
        next = feeder.next();
        if (next == null) {
          feeder.close();
        }
        return left;
      }
    };
  }

  /// A later pass: goes on with what the one before left.
  /// @param first index of the first of these documents in the corpus
  public Left judge(Left before, long first) {
    var items = new ArrayList<>(Stored.items(before.docs()));
    return work(new Chunk(items, first, 0, 0, 0, 0, List.of()));
  }

  private Left work(Chunk chunk) {
    Done done = pass.work(chunk, new Tally(names, seed));
    tally.add(done.tally());
    return new Left(
        Stored.bytes(done.docs()),
        done.docs().size(),
        done.sketches().toArray(long[][]::new),
        done.rejected().isEmpty() ? new byte[0] : DocForm.rejected(done.rejected()));
  }

  /// The documents that are left.
  public static List<Doc> documents(Left left) {
    return Stored.items(left.docs()).stream().map(Stored::doc).toList();
  }

  /// Everything that was counted so far, for [Totals].
  public String tally() {
    return tally.json().toString();
  }

  /// The counts of all parts and passes together.
  public static final class Totals {
    private final Tally tally;

    /// @param steps of the whole pipeline
    /// @param seed of the choice of samples
    public Totals(List<Step> steps, long seed) {
      tally = new Tally(Pipeline.names(steps), seed);
    }

    /// Adds what [CorpusPart#tally] says of one part in one pass.
    public void add(String tallied) {
      tally.add(JsonMapper.shared().readTree(tallied));
    }

    /// Adds `funnel`, `samples` and `counts` as `stage.json` has them.
    /// @param tokens how the tokens were counted
    /// @throws herd.engine.UserError if no document is left, naming the step that dropped the
    /// most
    public void writeTo(ObjectNode facts, TokenCount tokens) {
      var funnel = tally.funnel(tokens);
      funnel.writeTo(facts);
      funnel.count(facts.withObject("/counts"));
      if (facts.path("counts").path("documents").asLong() == 0) {
        throw Pipeline.nothingLeft(funnel);
      }
    }
  }
}

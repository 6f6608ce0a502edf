package herd.train;

import herd.engine.tensor.Segments;
import java.util.List;

/// What one forward and backward pass sees: documents or dialogues, one after the other, each a
/// segment that attends to itself alone.
/// @param tokens ids of all segments
/// @param segments where each begins and ends
/// @param targets the token to predict at each place, negative where nothing is to be learnt there
///     (prompts, ends of documents; for preferences also header and termination tokens)
/// @param pairs preferences between segments, for [Objective.Dpo]
/// @param rankings orders of segments, for [Objective.RewardRanking]
/// @param sources the source of each segment, or none where nobody asks
public record Batch(
    int[] tokens,
    Segments segments,
    int[] targets,
    List<Pair> pairs,
    List<Ranking> rankings,
    int[] sources) {
  /// Two answers to one prompt, each a segment that begins with the prompt.
  /// @param chosen the better segment, counted from 0
  /// @param rejected the worse one
  /// @param referenceChosen log-probability of the chosen one's kept targets under the reference
  ///     model ([SegmentLogProbs])
  /// @param referenceRejected the same of the rejected one
  public record Pair(int chosen, int rejected, double referenceChosen, double referenceRejected) {}

  /// Two or three answers to one prompt, each a segment: edited over chosen over rejected.
  /// @param edited a segment, or negative if there is no edited answer
  public record Ranking(int edited, int chosen, int rejected) {}

  public Batch {
    if (tokens.length != segments.tokens() || targets.length != tokens.length) {
      throw new IllegalArgumentException("%d tokens, %d in segments, %d targets"
          .formatted(tokens.length, segments.tokens(), targets.length));
    }
  }

  /// A batch whose segments have no known sources.
  public Batch(
      int[] tokens, Segments segments, int[] targets, List<Pair> pairs, List<Ranking> rankings) {
    this(tokens, segments, targets, pairs, rankings, new int[0]);
  }

  /// A batch without preferences.
  public Batch(int[] tokens, Segments segments, int[] targets) {
    this(tokens, segments, targets, List.of(), List.of());
  }

  /// Number of targets that are learnt.
  public int kept() {
    return kept(0, targets.length);
  }

  /// Number of targets of one segment that are learnt.
  int kept(int segment) {
    int start = segments.start()[segment];
    return kept(start, start + segments.length()[segment]);
  }

  private int kept(int from, int to) {
    int count = 0;
    for (int i = from; i < to; i++) {
      count += targets[i] >= 0 ? 1 : 0;
    }
    return count;
  }
}

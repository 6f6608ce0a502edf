package herd.data;

import java.nio.file.Path;
import java.util.List;

/// What a [CorpusStep] noted of each document, in the documents' order.
public interface Sketches {
  /// Takes one sketch.
  @FunctionalInterface
  interface Each {
    /// @param index of the document, from 0
    /// @param sketch as the step made it; not used again by the caller
    void take(long index, long[] sketch);
  }

  /// How many.
  long size();

  /// Hands over all, in order; may be called again and again.
  void forEach(Each each);

  /// A directory for what does not fit in memory.
  Path scratch();

  /// Those at hand.
  static Sketches of(List<long[]> sketches, Path scratch) {
    return new Sketches() {
      @Override
      public long size() {
        return sketches.size();
      }

      @Override
      public void forEach(Each each) {
        for (int i = 0; i < sketches.size(); i++) {
          each.take(i, sketches.get(i));
        }
      }

      @Override
      public Path scratch() {
        return scratch;
      }
    };
  }
}

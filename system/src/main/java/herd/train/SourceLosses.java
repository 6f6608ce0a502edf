package herd.train;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Sums of losses by source, as training goes.
public final class SourceLosses {
  private final List<String> names;
  private final double[] sums;
  private final long[] counts;

  /// @param names of the sources, in the order of [Batch#sources]
  public SourceLosses(List<String> names) {
    this.names = List.copyOf(names);
    sums = new double[names.size()];
    counts = new long[names.size()];
  }

  /// @param logProbs of each target
  void add(Batch batch, double[] logProbs) {
    for (int s = 0; s < batch.sources().length; s++) {
      int source = batch.sources()[s];
      int start = batch.segments().start()[s];
      for (int i = start; i < start + batch.segments().length()[s]; i++) {
        if (batch.targets()[i] >= 0) {
          sums[source] -= logProbs[i];
          counts[source]++;
        }
      }
    }
  }

  /// The mean loss of each source that was seen since the last call.
  public Map<String, Double> take() {
    var means = new LinkedHashMap<String, Double>();
    for (int s = 0; s < sums.length; s++) {
      if (counts[s] > 0) {
        means.put(names.get(s), sums[s] / counts[s]);
      }
      sums[s] = 0;
      counts[s] = 0;
    }
    return means;
  }
}

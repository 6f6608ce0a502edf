package herd.engine.sample;

import herd.engine.sample.Sampling.Bias;
import herd.engine.sample.Sampling.Dry;
import herd.engine.sample.Sampling.Frequency;
import herd.engine.sample.Sampling.MinP;
import herd.engine.sample.Sampling.Presence;
import herd.engine.sample.Sampling.Repetition;
import herd.engine.sample.Sampling.Step;
import herd.engine.sample.Sampling.Temperature;
import herd.engine.sample.Sampling.TopK;
import herd.engine.sample.Sampling.TopP;
import herd.engine.sample.Sampling.Typical;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import java.util.random.RandomGenerator;

/// Chooses tokens: candidates with their scores, which the steps of a [Sampling] change and drop.
/// One object serves one thread; its memory is used again for each token.
public final class Chooser {
  private int[] ids;
  private double[] scores;
  private double[] work;
  private int count;
  private boolean rising; // whether the candidates are in the order of their ids

  /// @param vocab most candidates there can be
  public Chooser(int vocab) {
    ids = new int[vocab];
    scores = new double[vocab];
    work = new double[vocab];
  }

  /// The first of the highest logits, or -1 if the mask allows none.
  public static int likeliest(float[] logits, int n, long[] mask) {
    float max = Float.NEGATIVE_INFINITY;
    if (mask == null) {
      for (int i = 0; i < n; i++) {
        max = Math.max(max, logits[i]);
      }
      for (int i = 0; i < n; i++) {
        if (logits[i] == max) {
          return i;
        }
      }
      return 0;
    }
    int best = -1;
    for (int w = 0; w < mask.length; w++) {
      for (long bits = mask[w]; bits != 0; bits &= bits - 1) {
        int id = w * 64 + Long.numberOfTrailingZeros(bits);
        if (id < n && (best < 0 || logits[id] > max)) {
          best = id;
          max = logits[id];
        }
      }
    }
    return best;
  }

  /// Whether `steps` always choose the likeliest token.
  public static boolean isGreedy(List<Step> steps) {
    return !steps.isEmpty() && steps.getFirst() instanceof Temperature(double value) && value == 0;
  }

  /// Takes all ids as candidates, or those of the mask.
  /// @return how many there are
  public int load(float[] logits, int n, long[] mask) {
    count = 0;
    rising = true;
    if (mask == null) {
      for (int i = 0; i < n; i++) {
        ids[i] = i;
        scores[i] = logits[i];
      }
      count = n;
      return count;
    }
    for (int w = 0; w < mask.length; w++) {
      for (long bits = mask[w]; bits != 0; bits &= bits - 1) {
        int id = w * 64 + Long.numberOfTrailingZeros(bits);
        if (id < n) {
          ids[count] = id;
          scores[count++] = logits[id];
        }
      }
    }
    return count;
  }

  /// Takes all ids as candidates.
  public void load(double[] logits) {
    for (int i = 0; i < logits.length; i++) {
      ids[i] = i;
      scores[i] = logits[i];
    }
    count = logits.length;
    rising = true;
  }

  /// Applies the steps in their order.
  /// @param tokens prompt and answer
  /// @param length of both
  /// @param prompt length of the prompt
  public void apply(List<Step> steps, int[] tokens, int length, int prompt) {
    for (var step : steps) {
      switch (step) {
        case Repetition r -> repetition(r, tokens, length);
        case Presence(double penalty) -> {
          if (penalty != 0) {
            presence(penalty, tokens, prompt, length);
          }
        }
        case Frequency(double penalty) -> {
          for (int i = prompt; penalty != 0 && i < length; i++) {
            add(tokens[i], -penalty);
          }
        }
        case Bias(var biases) -> biases.forEach(this::add);
        case Dry dry -> dry(dry, tokens, length);
        case Temperature(double value) -> temperature(value);
        case TopK(int k) -> topK(k);
        case TopP(double p) -> topP(p);
        case MinP(double p) -> minP(p);
        case Typical(double p) -> typical(p);
      }
    }
  }

  /// Draws one of the candidates.
  public int draw(RandomGenerator random) {
    if (count == 1) {
      return ids[0];
    }
    double sum = weigh();
    double at = random.nextDouble() * sum;
    int last = 0;
    for (int i = 0; i < count; i++) {
      if (work[i] > 0) {
        at -= work[i];
        last = i;
        if (at < 0) {
          break;
        }
      }
    }
    return ids[last];
  }

  /// The probabilities of all ids under the softmax of the candidates' scores.
  public double[] probabilities(int vocab) {
    double sum = weigh();
    var out = new double[vocab];
    for (int i = 0; i < count; i++) {
      out[ids[i]] = work[i] / sum;
    }
    return out;
  }

  // --- penalties ---

  /// The place of `id` among the candidates; negative if it is not there.
  private int find(int id) {
    if (rising) {
      return id < count && ids[id] == id ? id : Arrays.binarySearch(ids, 0, count, id);
    }
    for (int i = 0; i < count; i++) {
      if (ids[i] == id) {
        return i;
      }
    }
    return -1;
  }

  private void add(int id, double bias) {
    int i = find(id);
    if (i >= 0) {
      scores[i] += bias;
    }
  }

  /// The distinct ids of `tokens[from … to]`, rising.
  private static int[] distinct(int[] tokens, int from, int to) {
    return Arrays.stream(tokens, from, to).sorted().distinct().toArray();
  }

  private void repetition(Repetition step, int[] tokens, int length) {
    if (step.penalty() == 1) {
      return;
    }
    int from = step.last() == 0 ? 0 : Math.max(0, length - step.last());
    for (int id : distinct(tokens, from, length)) {
      int i = find(id);
      if (i >= 0) {
        scores[i] = scores[i] < 0 ? scores[i] * step.penalty() : scores[i] / step.penalty();
      }
    }
  }

  private void presence(double penalty, int[] tokens, int from, int to) {
    for (int id : distinct(tokens, from, to)) {
      add(id, -penalty);
    }
  }

  /// Lengths of repeats by the Z function of the reversed text: `z[i]` tokens that end at `i` from
  /// the last equal those at the end.
  private void dry(Dry step, int[] tokens, int length) {
    if (step.multiplier() == 0) {
      return;
    }
    int window = step.last() == 0 ? length : Math.min(length, step.last());
    int limit = 0; // tokens at the end before which a breaker stands
    while (limit < window && !step.breakers().contains(tokens[length - 1 - limit])) {
      limit++;
    }
    var z = new int[window];
    for (int i = 1, left = 0, right = 0; i < window; i++) {
      int m = i < right ? Math.min(right - i, z[i - left]) : 0;
      while (i + m < window && tokens[length - 1 - m] == tokens[length - 1 - i - m]) {
        m++;
      }
      z[i] = m;
      if (i + m > right) {
        left = i;
        right = i + m;
      }
    }
    var longest = new TreeMap<Integer, Integer>();
    for (int i = 1; i < window; i++) {
      int m = Math.min(z[i], limit);
      if (m >= step.allowed()) {
        longest.merge(tokens[length - i], m, Math::max);
      }
    }
    longest.forEach((id, m) -> {
      if (!step.breakers().contains(id)) {
        add(id, -step.multiplier() * Math.pow(step.base(), m - step.allowed()));
      }
    });
  }

  // --- temperature and truncation ---

  private void temperature(double value) {
    if (value == 0) {
      int best = 0;
      for (int i = 1; i < count; i++) {
        if (scores[i] > scores[best] || scores[i] == scores[best] && ids[i] < ids[best]) {
          best = i;
        }
      }
      ids[0] = ids[best];
      scores[0] = scores[best];
      count = 1;
    } else if (value != 1) {
      for (int i = 0; i < count; i++) {
        scores[i] /= value;
      }
    }
  }

  private void keepFrom(double threshold) {
    int kept = 0;
    for (int i = 0; i < count; i++) {
      if (scores[i] >= threshold) {
        ids[kept] = ids[i];
        scores[kept++] = scores[i];
      }
    }
    count = kept;
  }

  private void topK(int k) {
    if (k == 0 || k >= count) {
      return;
    }
    // The k highest so far in a heap, the least of them on top.
    System.arraycopy(scores, 0, work, 0, k);
    for (int i = k / 2 - 1; i >= 0; i--) {
      sink(i, k);
    }
    for (int i = k; i < count; i++) {
      if (scores[i] > work[0]) {
        work[0] = scores[i];
        sink(0, k);
      }
    }
    keepFrom(work[0]);
  }

  private void sink(int at, int size) {
    double value = work[at];
    for (int child = 2 * at + 1; child < size; child = 2 * at + 1) {
      if (child + 1 < size && work[child + 1] < work[child]) {
        child++;
      }
      if (work[child] >= value) {
        break;
      }
      work[at] = work[child];
      at = child;
    }
    work[at] = value;
  }

  private double max() {
    double max = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < count; i++) {
      max = Math.max(max, scores[i]);
    }
    return max;
  }

  /// Unnormalised probabilities of the candidates into `work`.
  /// @return their sum
  private double weigh() {
    double max = max();
    double sum = 0;
    for (int i = 0; i < count; i++) {
      work[i] = Exponential.of(scores[i] - max);
      sum += work[i];
    }
    return sum;
  }

  private void minP(double p) {
    if (p > 0) {
      keepFrom(max() + Math.log(p));
    }
  }

  private void topP(double p) {
    if (p >= 1 || count < 2) {
      return;
    }
    double sum = weigh();
    // Tokens under the mean share of what may be dropped are dropped together: few are sorted.
    double least = sum * (1 - p) / count;
    int kept = 0;
    for (int i = 0; i < count; i++) {
      if (work[i] >= least) {
        ids[kept] = ids[i];
        scores[kept] = scores[i];
        work[kept++] = work[i];
      }
    }
    count = kept;
    sort(work, 0, count - 1);
    double before = 0;
    int n = 0;
    while (n < count && (n == 0 || before < p * sum)) {
      before += work[n++];
    }
    count = n;
  }

  private void typical(double p) {
    if (p >= 1 || count < 2) {
      return;
    }
    double sum = weigh();
    double logSum = max() + Math.log(sum);
    double entropy = 0;
    for (int i = 0; i < count; i++) {
      entropy -= work[i] == 0 ? 0 : work[i] / sum * (scores[i] - logSum);
    }
    for (int i = 0; i < count; i++) {
      work[i] = -Math.abs(logSum - scores[i] - entropy);
    }
    sort(work, 0, count - 1);
    double before = 0;
    int n = 0;
    while (n < count && (n == 0 || before < p)) {
      before += Math.exp(scores[n++] - logSum);
    }
    while (n < count && work[n] == work[n - 1]) {
      n++;
    }
    count = n;
  }

  /// Sorts candidates `low … high` by falling `keys`, ties by rising id.
  private void sort(double[] keys, int low, int high) {
    rising = false;
    while (low < high) {
      int middle = (low + high) >>> 1;
      double key = keys[middle];
      int id = ids[middle];
      int i = low;
      int j = high;
      while (i <= j) {
        while (keys[i] > key || keys[i] == key && ids[i] < id) {
          i++;
        }
        while (keys[j] < key || keys[j] == key && ids[j] > id) {
          j--;
        }
        if (i <= j) {
          swap(keys, i++, j--);
        }
      }
      if (j - low < high - i) {
        sort(keys, low, j);
        low = i;
      } else {
        sort(keys, i, high);
        high = j;
      }
    }
  }

  private void swap(double[] keys, int i, int j) {
    double key = keys[i];
    keys[i] = keys[j];
    keys[j] = key;
    double score = scores[i];
    scores[i] = scores[j];
    scores[j] = score;
    int id = ids[i];
    ids[i] = ids[j];
    ids[j] = id;
  }
}

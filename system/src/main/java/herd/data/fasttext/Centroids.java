package herd.data.fasttext;

import java.util.Arrays;
import java.util.SplittableRandom;

/// 256 points among those of a part of a matrix's columns, by k-means (Jégou et al. 2011, product
/// quantisation).
final class Centroids {
  private static final int COUNT = Quantised.CENTROIDS;
  private static final int ROUNDS = 25;

  /// Points that the centroids are learnt from.
  private static final int MOST = 256 * COUNT;

  private static final float APART = 1e-7f;

  private final float[] values;
  private final int rows;
  private final int dim;
  private final int first;
  private final int size;
  private final SplittableRandom random;

  /// @param values `[rows * dim]`
  /// @param first column
  /// @param size columns
  Centroids(float[] values, int rows, int dim, int first, int size, long seed) {
    this.values = values;
    this.rows = rows;
    this.dim = dim;
    this.first = first;
    this.size = size;
    this.random = new SplittableRandom(seed);
  }

  /// Finds the centroids, and the nearest one of each row.
  /// @param centroids where they go, from `at` on, one after another
  /// @param codes where the numbers of the nearest go, one every `stride` from `from` on
  void code(float[] centroids, int at, byte[] codes, int stride, int from) {
    int count = Math.min(rows, MOST);
    var order = chosen(count);
    var points = new float[size][count];
    for (int i = 0; i < count; i++) {
      for (int j = 0; j < size; j++) {
        points[j][i] = values[order[i] * dim + first + j];
      }
    }
    var centers = new float[COUNT * size];
    for (int i = 0; i < COUNT; i++) {
      for (int j = 0; j < size; j++) {
        centers[i * size + j] = points[j][i];
      }
    }
    var near = new int[count];
    var distances = new float[count];
    for (int round = 0; round < ROUNDS; round++) {
      nearest(points, count, centers, near, distances);
      means(points, count, centers, near);
    }
    System.arraycopy(centers, 0, centroids, at, centers.length);
    for (int start = 0; start < rows; start += count) {
      int part = Math.min(count, rows - start);
      for (int i = 0; i < part; i++) {
        for (int j = 0; j < size; j++) {
          points[j][i] = values[(start + i) * dim + first + j];
        }
      }
      nearest(points, part, centers, near, distances);
      for (int i = 0; i < part; i++) {
        codes[(start + i) * stride + from] = (byte) near[i];
      }
    }
  }

  /// Rows to learn from, each at most once, in a random order.
  private int[] chosen(int count) {
    var order = new int[rows];
    Arrays.setAll(order, i -> i);
    for (int i = 0; i < count; i++) {
      int other = random.nextInt(i, rows);
      int moved = order[i];
      order[i] = order[other];
      order[other] = moved;
    }
    return order;
  }

  /// The nearest centroid of each point. Centroids are outside and points inside: the inner loops
  /// are those that a compiler makes vectors of.
  private void nearest(
      float[][] points, int count, float[] centers, int[] near, float[] distances) {
    Arrays.fill(distances, 0, count, Float.POSITIVE_INFINITY);
    int block = 2048;
    var sums = new float[block];
    for (int start = 0; start < count; start += block) {
      int length = Math.min(block, count - start);
      for (int center = 0; center < COUNT; center++) {
        Arrays.fill(sums, 0, length, 0);
        for (int j = 0; j < size; j++) {
          add(points[j], start, centers[center * size + j], sums, length);
        }
        lower(sums, length, start, center, distances, near);
      }
    }
  }

  private static void add(float[] column, int start, float center, float[] sums, int length) {
    for (int i = 0; i < length; i++) {
      float d = column[start + i] - center;
      sums[i] += d * d;
    }
  }

  private static void lower(
      float[] sums, int length, int start, int center, float[] distances, int[] near) {
    for (int i = 0; i < length; i++) {
      boolean lower = sums[i] < distances[start + i];
      near[start + i] = lower ? center : near[start + i];
      distances[start + i] = lower ? sums[i] : distances[start + i];
    }
  }

  /// Moves each centroid to the mean of its points; one without points takes half of another's.
  private void means(float[][] points, int count, float[] centers, int[] near) {
    var members = new int[COUNT];
    Arrays.fill(centers, 0);
    for (int i = 0; i < count; i++) {
      members[near[i]]++;
      for (int j = 0; j < size; j++) {
        centers[near[i] * size + j] += points[j][i];
      }
    }
    for (int center = 0; center < COUNT; center++) {
      for (int j = 0; j < size && members[center] > 0; j++) {
        centers[center * size + j] /= members[center];
      }
    }
    for (int center = 0; center < COUNT; center++) {
      if (members[center] == 0) {
        int other = largest(members);
        for (int j = 0; j < size; j++) {
          float sign = j % 2 == 0 ? -APART : APART;
          centers[center * size + j] = centers[other * size + j] + sign;
          centers[other * size + j] -= sign;
        }
        members[center] = members[other] / 2;
        members[other] -= members[center];
      }
    }
  }

  private static int largest(int[] members) {
    int largest = 0;
    for (int i = 1; i < members.length; i++) {
      largest = members[i] > members[largest] ? i : largest;
    }
    return largest;
  }
}

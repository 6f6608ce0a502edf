package herd.spark;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;

/// Rows made of something else, as they are asked for.
final class Streamed<T> implements Iterator<Row> {
  /// Takes numbers as a row.
  interface To {
    void add(long one, long two, long three);
  }

  /// Rows that wait.
  static final class Buffer implements To {
    private long[] numbers = new long[24];
    private int size;

    @Override
    public void add(long one, long two, long three) {
      if (size + 3 > numbers.length) {
        numbers = Arrays.copyOf(numbers, 2 * numbers.length);
      }
      numbers[size++] = one;
      numbers[size++] = two;
      numbers[size++] = three;
    }

    void clear() {
      size = 0;
    }

    /// Hands them over.
    void empty(To to) {
      for (int i = 0; i < size; i += 3) {
        to.add(numbers[i], numbers[i + 1], numbers[i + 2]);
      }
      size = 0;
    }
  }

  private final Iterator<T> from;
  private final BiConsumer<T, To> each;
  private final Consumer<To> atEnd;
  private final ArrayDeque<Row> made = new ArrayDeque<>();
  private boolean ended;

  /// @param each makes any number of rows of one
  /// @param atEnd makes more when there are no more
  Streamed(Iterator<T> from, BiConsumer<T, To> each, Consumer<To> atEnd) {
    this.from = from;
    this.each = each;
    this.atEnd = atEnd;
  }

  private void add(long one, long two, long three) {
    made.add(RowFactory.create(one, two, three));
  }

  @Override
  public boolean hasNext() {
    while (made.isEmpty() && !ended) {
      if (from.hasNext()) {
        each.accept(from.next(), this::add);
      } else {
        ended = true;
        atEnd.accept(this::add);
      }
    }
    return !made.isEmpty();
  }

  @Override
  public Row next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    return made.remove();
  }
}

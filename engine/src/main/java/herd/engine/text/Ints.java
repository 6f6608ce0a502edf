package herd.engine.text;

import java.util.Arrays;

/// A growing list of ints.
final class Ints {
  private int[] items = new int[4];
  private int size;

  /// Makes room for `more` items.
  void reserve(int more) {
    if (size + more > items.length) {
      items = Arrays.copyOf(items, Math.max(Math.addExact(size, more), 2 * size));
    }
  }

  void add(int item) {
    if (size == items.length) {
      items = Arrays.copyOf(items, Math.addExact(size, size));
    }
    items[size++] = item;
  }

  void addAll(int[] more) {
    int end = Math.addExact(size, more.length);
    if (end > items.length) {
      items = Arrays.copyOf(items, (int) Math.min(Integer.MAX_VALUE - 8, Math.max(end, 2L * size)));
    }
    System.arraycopy(more, 0, items, size, more.length);
    size = end;
  }

  int get(int index) {
    return items[index];
  }

  int size() {
    return size;
  }

  void clear() {
    size = 0;
  }

  int[] toArray() {
    return Arrays.copyOf(items, size);
  }
}

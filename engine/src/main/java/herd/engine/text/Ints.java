package herd.engine.text;

import java.util.Arrays;

/// A growing list of ints.
final class Ints {
  private int[] items = new int[4];
  private int size;

  void add(int item) {
    if (size == items.length) {
      items = Arrays.copyOf(items, Math.addExact(size, size));
    }
    items[size++] = item;
  }

  int get(int index) {
    return items[index];
  }

  int size() {
    return size;
  }

  void sort() {
    Arrays.sort(items, 0, size);
  }

  int[] toArray() {
    return Arrays.copyOf(items, size);
  }
}

package herd.spark;

import java.util.Iterator;
import java.util.NoSuchElementException;
import org.apache.spark.sql.Row;

/// A row for each document of blocks.
final class Documents implements Iterator<Row> {
  /// Makes a row.
  interface Each {
    Row of(long index, long[] sketch);
  }

  private final Iterator<Block> blocks;
  private final Each each;
  private long index;
  private long[][] sketches = new long[0][];
  private int at;

  /// @param index of the first document
  Documents(Iterator<Block> blocks, long index, Each each) {
    this.blocks = blocks;
    this.index = index;
    this.each = each;
  }

  @Override
  public boolean hasNext() {
    while (at == sketches.length && blocks.hasNext()) {
      var left = blocks.next().left();
      sketches = left == null ? new long[0][] : left.sketches();
      at = 0;
    }
    return at < sketches.length;
  }

  @Override
  public Row next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    return each.of(index++, sketches[at++]);
  }
}

package herd.spark;

import java.util.Iterator;
import java.util.NoSuchElementException;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.storage.StorageLevel;
import org.apache.spark.util.LongAccumulator;

import static org.apache.spark.sql.functions.col;

/// Groups of what is joined in pairs, by the two operations of Kiveris et al. 2014, "Connected
/// Components in MapReduce and Beyond": each turn brings all members nearer to the first of their
/// group, until each is joined with it alone. The number of turns grows with the logarithm of the
/// longest chain.
record Joined(SparkSession spark, int shuffles) {
  /// Members of groups of two or more.
  /// @param pairs rows `index, key` of a later and an earlier member, perhaps again and again
  /// @return rows `member, first`, each member once, the first one of each group too
  Dataset<Row> of(Dataset<Row> pairs) {
    // As RDDs: the plan of a table would grow with each turn.
    var edges = pairs.toJavaRDD().persist(StorageLevel.DISK_ONLY());
    while (true) {
      var changes = spark.sparkContext().longAccumulator();
      var large = turn(edges.mapPartitions(new BothWays()), new Large(changes));
      var small = turn(large, new Small(changes)).persist(StorageLevel.DISK_ONLY());
      small.count();
      edges.unpersist();
      edges = small;
      if (changes.isZero()) {
        var members = spark.createDataFrame(edges.mapPartitions(new AndFirst()), Table.FOUND);
        return members.select(col("index").as("member"), col("key").as("first")).distinct();
      }
    }
  }

  private JavaRDD<Row> turn(JavaRDD<Row> edges, MapPartitionsFunction<Row, Row> operation) {
    return spark
        .createDataFrame(edges, Table.FOUND)
        .repartition(shuffles, col("index"))
        .sortWithinPartitions("index", "key")
        .mapPartitions(operation, Table.rows(Table.FOUND))
        .toJavaRDD();
  }

  private record BothWays() implements FlatMapFunction<Iterator<Row>, Row> {
    @Override
    public Iterator<Row> call(Iterator<Row> rows) {
      return new Streamed<>(
          rows,
          (row, to) -> {
            to.add(row.getLong(0), row.getLong(1), 0);
            to.add(row.getLong(1), row.getLong(0), 0);
          },
          _ -> {});
    }
  }

  private record AndFirst() implements FlatMapFunction<Iterator<Row>, Row> {
    @Override
    public Iterator<Row> call(Iterator<Row> rows) {
      return new Streamed<>(
          rows,
          (row, to) -> {
            to.add(row.getLong(0), row.getLong(1), 0);
            to.add(row.getLong(1), row.getLong(1), 0);
          },
          _ -> {});
    }
  }

  /// Joins the later neighbours of each member with the first of it and its neighbours.
  private record Large(LongAccumulator changes) implements MapPartitionsFunction<Row, Row> {
    @Override
    public Iterator<Row> call(Iterator<Row> rows) {
      return new Streamed<>(
          new Neighbours(rows),
          (row, to) -> {
            long member = row[0];
            long first = Math.min(member, row[1]);
            if (row[2] > member) {
              to.add(row[2], first, 0);
              if (first != member) {
                changes.add(1);
              }
            }
          },
          _ -> {});
    }
  }

  /// Joins each member and its neighbours, all of them earlier ones, with the first of these.
  private record Small(LongAccumulator changes) implements MapPartitionsFunction<Row, Row> {
    @Override
    public Iterator<Row> call(Iterator<Row> rows) {
      return new Streamed<>(
          new Neighbours(rows),
          (row, to) -> {
            if (row[2] == row[1]) {
              to.add(row[0], row[1], 0);
            } else {
              to.add(row[2], row[1], 0);
              changes.add(1);
            }
          },
          _ -> {});
    }
  }

  /// Edges of members, each once: the member, its first neighbour, the neighbour.
  private static final class Neighbours implements Iterator<long[]> {
    private final Iterator<Row> rows;
    private long[] last;
    private long[] next;

    Neighbours(Iterator<Row> rows) {
      this.rows = rows;
    }

    @Override
    public boolean hasNext() {
      while (next == null && rows.hasNext()) {
        var row = rows.next();
        long member = row.getLong(0);
        long neighbour = row.getLong(1);
        boolean same = last != null && last[0] == member;
        if (!same || last[2] != neighbour) {
          next = new long[] {member, same ? last[1] : neighbour, neighbour};
        }
      }
      return next != null;
    }

    @Override
    public long[] next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      last = next;
      next = null;
      return last;
    }
  }
}

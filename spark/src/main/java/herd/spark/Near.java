package herd.spark;

import herd.data.CorpusPart;
import herd.data.CorpusStep;
import herd.data.NearDuplicates;
import herd.data.dedup.SharedBand;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.function.Function2;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.storage.StorageLevel;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;

/// Near duplicates: documents that share a band become pairs, pairs become groups ([Joined]), and
/// of each group all but the best go.
record Near(Decisions decisions, NearDuplicates step) {
  private static final StructType MERITS = new StructType()
      .add("index", DataTypes.LongType, false)
      .add("quality", DataTypes.LongType, false)
      .add("date", DataTypes.LongType, false)
      .add("length", DataTypes.LongType, false)
      .add("known", DataTypes.LongType, false);

  private static final StructType SETS = new StructType()
      .add("at", DataTypes.LongType, false)
      .add("shingles", DataTypes.createArrayType(DataTypes.LongType, false), false);

  Dataset<Row> of(JavaRDD<Block> blocks) {
    var job = decisions.job();
    int pass = decisions.pass();
    var pairs =
        decisions.keys(blocks, new Bands()).mapPartitions(new Pairs(), Table.rows(Table.FOUND));
    if (step.verify() > 0) {
      pairs = verified(pairs.dropDuplicates("index", "key"), blocks);
    }
    var groups = new Joined(decisions.spark(), decisions.shuffles()).of(pairs);
    var merits = decisions
        .spark()
        .createDataFrame(
            blocks.mapPartitionsWithIndex(new Merits(job, pass, decisions.starts()), false),
            MERITS);
    var others = merits
        .join(groups, merits.col("index").equalTo(groups.col("member")), "left_outer")
        .filter(col("first").isNotNull().or(col("known").equalTo(1)))
        .withColumn("group", coalesce(col("first"), col("index")))
        .select("group", "index", "quality", "date", "length", "known")
        .repartition(decisions.shuffles(), col("group"))
        .sortWithinPartitions("group", "index")
        .mapPartitions(new Others(), Table.rows(Table.FOUND));
    return step.writeIndex().isEmpty() ? others : indexed(others.toJavaRDD(), blocks);
  }

  /// The same, once the index of all documents but these is written, by the driver.
  private Dataset<Row> indexed(JavaRDD<Row> others, JavaRDD<Block> blocks) {
    var found =
        decisions.spark().createDataFrame(others.persist(StorageLevel.DISK_ONLY()), Table.FOUND);
    var gone = found.select(col("index").as("gone"));
    var keys = decisions.noted(blocks, new Bands());
    var kept = keys.join(gone, col("index").equalTo(col("gone")), "left_anti")
        .select("key")
        .distinct()
        .toLocalIterator();
    decisions
        .job()
        .cluster()
        .put(
            step.writeIndex(),
            file -> step.writeIndex(
                file,
                file.getParent(),
                index -> kept.forEachRemaining(row -> index.add(new long[] {row.getLong(0)}))));
    return found;
  }

  private record Bands() implements Decisions.Noted {
    @Override
    public void rows(CorpusStep step, long index, long[] sketch, Streamed.To to) {
      for (long key : NearDuplicates.keys(sketch)) {
        to.add(key, index, 0);
      }
    }
  }

  /// The later document, and the earlier one.
  private record Pairs() implements MapPartitionsFunction<Row, Row> {
    @Override
    public Iterator<Row> call(Iterator<Row> rows) {
      var found = new Streamed.Buffer();
      var shared = new SharedBand((one, other) -> found.add(other, one, 0));
      return new Streamed<>(
          rows,
          (row, to) -> {
            shared.next(row.getLong(0), row.getLong(1));
            found.empty(to);
          },
          _ -> {});
    }
  }

  /// Only pairs that are as similar as the step demands.
  private Dataset<Row> verified(Dataset<Row> pairs, JavaRDD<Block> blocks) {
    var sets = decisions
        .spark()
        .createDataFrame(blocks.mapPartitionsWithIndex(new Sets(decisions.starts()), false), SETS);
    var one = sets.withColumnsRenamed(Map.of("at", "oneAt", "shingles", "ones"));
    var other = sets.withColumnsRenamed(Map.of("at", "otherAt", "shingles", "others"));
    return pairs
        .join(one, col("index").equalTo(col("oneAt")))
        .join(other, col("key").equalTo(col("otherAt")))
        .select("index", "key", "ones", "others")
        .mapPartitions(new Alike(decisions.job(), decisions.pass()), Table.rows(Table.FOUND));
  }

  private record Alike(Job job, int pass) implements MapPartitionsFunction<Row, Row> {
    @Override
    public Iterator<Row> call(Iterator<Row> pairs) {
      var step = (NearDuplicates) CorpusPart.opening(job.steps(), pass);
      return new Streamed<>(
          pairs,
          (pair, to) -> {
            if (step.joins(numbers(pair, 2), numbers(pair, 3))) {
              to.add(pair.getLong(0), pair.getLong(1), 0);
            }
          },
          _ -> {});
    }

    private static long[] numbers(Row row, int column) {
      return row.<Long>getList(column).stream().mapToLong(Long::longValue).toArray();
    }
  }

  private record Sets(long[] starts) implements Function2<Integer, Iterator<Block>, Iterator<Row>> {
    @Override
    public Iterator<Row> call(Integer part, Iterator<Block> blocks) {
      return new Documents(blocks, starts[part], (index, sketch) -> {
        var set = Arrays.stream(NearDuplicates.shingles(sketch)).boxed().toArray();
        return RowFactory.create(index, set);
      });
    }
  }

  private record Merits(Job job, int pass, long[] starts)
      implements Function2<Integer, Iterator<Block>, Iterator<Row>> {
    @Override
    public Iterator<Row> call(Integer part, Iterator<Block> blocks) {
      var known = ((NearDuplicates) CorpusPart.opening(job.steps(), pass)).known();
      return new Documents(blocks, starts[part], (index, sketch) -> {
        long isKnown = known.test(NearDuplicates.keys(sketch)) ? 1 : 0;
        return RowFactory.create(index, sketch[0], sketch[1], sketch[2], isKnown);
      });
    }
  }

  /// All of a group but the best; all, if one of them is known.
  private record Others() implements MapPartitionsFunction<Row, Row> {
    @Override
    public Iterator<Row> call(Iterator<Row> rows) {
      var group = new Members();
      return new Streamed<>(rows, group::next, group::end);
    }
  }

  private static final class Members {
    private final List<Long> others = new ArrayList<>();
    private long group = -1;
    private long best;
    private long[] merits;
    private boolean known;

    void next(Row row, Streamed.To to) {
      if (row.getLong(0) != group) {
        end(to);
        group = row.getLong(0);
      }
      long index = row.getLong(1);
      var its = new long[] {row.getLong(2), row.getLong(3), row.getLong(4)};
      known |= row.getLong(5) == 1;
      if (merits != null) {
        boolean better = NearDuplicates.better(its, merits);
        others.add(better ? best : index);
        if (!better) {
          return;
        }
      }
      best = index;
      merits = its;
    }

    void end(Streamed.To to) {
      if (known) {
        others.add(best);
      }
      for (long other : others) {
        to.add(other, 0, known ? 1 : 0);
      }
      others.clear();
      merits = null;
      known = false;
    }
  }
}

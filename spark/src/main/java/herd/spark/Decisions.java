package herd.spark;

import herd.data.CorpusPart;
import herd.data.CorpusStep;
import herd.data.GroupStep;
import herd.data.JoinRepository;
import herd.data.LicenceFilter;
import herd.data.NearDuplicates;
import herd.data.PieceStep;
import herd.data.RankedStep;
import herd.data.dedup.FirstPlaces;
import java.io.Serializable;
import java.util.HashMap;
import java.util.Iterator;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.function.Function2;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.sum;

/// What a corpus step finds of documents, over shuffles of what has a key in common. Texts stay
/// where they are: what moves is numbers, but for [Repositories].
/// @param pass that the step opens
/// @param starts index of the first document of each part
/// @param shuffles partitions of a shuffle; the outcome does not depend on it
record Decisions(SparkSession spark, Job job, int pass, long[] starts, int shuffles) {
  private static final StructType RANKS = new StructType()
      .add("key", DataTypes.LongType, false)
      .add("rank", DataTypes.LongType, false)
      .add("index", DataTypes.LongType, false)
      .add("size", DataTypes.LongType, false);

  /// What was found of documents, for [Findings#of].
  /// @return rows that have an `index`
  Dataset<Row> of(JavaRDD<Block> blocks) {
    return switch (CorpusPart.opening(job.steps(), pass)) {
      case GroupStep _ ->
        keys(blocks, new Group()).mapPartitions(new Decide(job, pass), Table.rows(Table.FOUND));
      case PieceStep _ ->
        keys(blocks, new Pieces()).mapPartitions(new First(job, pass), Table.rows(Table.FOUND));
      case RankedStep step -> ranked(step, blocks);
      case NearDuplicates near -> new Near(this, near).of(blocks);
      case LicenceFilter _ -> new Licences(this).of(blocks);
      case JoinRepository _ -> new Repositories(this).of(blocks);
    };
  }

  /// Takes the rows of one document.
  interface Noted extends Serializable {
    void rows(CorpusStep step, long index, long[] sketch, Streamed.To to);
  }

  /// Rows of all documents, in no order.
  Dataset<Row> noted(JavaRDD<Block> blocks, Noted noted) {
    var rows = blocks.mapPartitionsWithIndex(new Notes(job, pass, starts, noted), false);
    return spark.createDataFrame(rows, Table.KEYS);
  }

  /// Rows with the same key together, in the order of their second numbers.
  Dataset<Row> keys(JavaRDD<Block> blocks, Noted noted) {
    return noted(blocks, noted)
        .repartition(shuffles, col("key"))
        .sortWithinPartitions("key", "index");
  }

  private record Notes(Job job, int pass, long[] starts, Noted noted)
      implements Function2<Integer, Iterator<Block>, Iterator<Row>> {
    @Override
    public Iterator<Row> call(Integer part, Iterator<Block> blocks) {
      var step = CorpusPart.opening(job.steps(), pass);
      var index = new long[] {starts[part]};
      return new Streamed<>(
          blocks,
          (block, to) -> {
            if (block.left() != null) {
              for (var sketch : block.left().sketches()) {
                noted.rows(step, index[0]++, sketch, to);
              }
            }
          },
          _ -> {});
    }
  }

  private record Group() implements Noted {
    @Override
    public void rows(CorpusStep step, long index, long[] sketch, Streamed.To to) {
      if (sketch[0] != 0) {
        to.add(sketch[0], index, sketch[1]);
      }
    }
  }

  private record Decide(Job job, int pass) implements MapPartitionsFunction<Row, Row> {
    @Override
    public Iterator<Row> call(Iterator<Row> rows) {
      var step = (GroupStep) CorpusPart.opening(job.steps(), pass);
      var out = new Streamed.Buffer();
      var groups = new GroupStep.Rows(step, index -> out.add(index, 0, 0));
      return new Streamed<>(
          rows,
          (row, to) -> {
            groups.next(row.getLong(0), row.getLong(1), row.getLong(2));
            out.empty(to);
          },
          to -> {
            groups.end();
            out.empty(to);
          });
    }
  }

  /// The second number is the place of the piece in the corpus.
  private record Pieces() implements Noted {
    @Override
    public void rows(CorpusStep step, long index, long[] sketch, Streamed.To to) {
      var keys = ((PieceStep) step).keys(index, sketch);
      for (int i = 0; i < keys.length; i++) {
        if (keys[i] != 0) {
          to.add(keys[i], FirstPlaces.place(index, i), 0);
        }
      }
    }
  }

  /// Tells every document that has a key which occurs often enough where it occurred first.
  private record First(Job job, int pass) implements MapPartitionsFunction<Row, Row> {
    @Override
    public Iterator<Row> call(Iterator<Row> rows) {
      var step = (PieceStep) CorpusPart.opening(job.steps(), pass);
      var finder = new FirstPlaces.Finder(step.occurrences());
      var waiting = new Streamed.Buffer(); // of this key, until it occurred often enough
      var last = new long[1];
      return new Streamed<>(
          rows,
          (row, to) -> {
            long key = row.getLong(0);
            if (key != last[0]) {
              waiting.clear();
              last[0] = key;
            }
            int enough = finder.next(key, row.getLong(1));
            waiting.add(FirstPlaces.index(row.getLong(1)), key, finder.first());
            if (enough >= 0) {
              waiting.empty(to);
            }
          },
          _ -> {});
    }
  }

  private Dataset<Row> ranked(RankedStep step, JavaRDD<Block> blocks) {
    var ranks =
        spark.createDataFrame(blocks.mapPartitionsWithIndex(new Ranks(starts), false), RANKS);
    var sums = new HashMap<Long, Long>();
    for (var row : ranks.groupBy("key").agg(sum("size")).collectAsList()) {
      sums.put(row.getLong(0), row.getLong(1));
    }
    step.ranking(sums); // what cannot be decided is said here, once
    return ranks
        .filter(col("key").notEqual(0))
        .repartition(shuffles, col("key"))
        .sortWithinPartitions("key", "rank", "index")
        .mapPartitions(new Rank(job, pass, sums), Table.rows(Table.FOUND));
  }

  private record Ranks(long[] starts)
      implements Function2<Integer, Iterator<Block>, Iterator<Row>> {
    @Override
    public Iterator<Row> call(Integer part, Iterator<Block> blocks) {
      return new Documents(
          blocks,
          starts[part],
          (index, sketch) -> RowFactory.create(sketch[0], sketch[1], index, sketch[2]));
    }
  }

  private record Rank(Job job, int pass, HashMap<Long, Long> sums)
      implements MapPartitionsFunction<Row, Row> {
    @Override
    public Iterator<Row> call(Iterator<Row> rows) {
      var ranking = ((RankedStep) CorpusPart.opening(job.steps(), pass)).ranking(sums);
      return new Streamed<>(
          rows,
          (row, to) -> {
            if (ranking.goes(row.getLong(0), row.getLong(3))) {
              to.add(row.getLong(2), 0, 0);
            }
          },
          _ -> {});
    }
  }
}

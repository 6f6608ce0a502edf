package herd.spark;

import herd.data.CorpusPart;
import herd.data.CorpusStep;
import herd.data.Doc;
import herd.data.JoinRepository;
import herd.data.JoinRepository.Joined;
import herd.data.JoinRepository.Placed;
import herd.data.Verdict;
import herd.data.code.JoinedParts.Part;
import herd.data.code.RepositoryTexts;
import herd.run.Disk;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.NoSuchElementException;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.function.Function2;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.util.TaskCompletionListener;

import static org.apache.spark.sql.functions.col;

/// Repositories, each joined by one task. It is the one place where texts are sent: packed sources
/// to that task, and joined texts from there to the parts of their first files.
record Repositories(Decisions decisions) {
  private static final StructType SOURCES = new StructType()
      .add("key", DataTypes.LongType, false)
      .add("index", DataTypes.LongType, false)
      .add("source", DataTypes.BinaryType, false);

  private static final StructType JOINED = new StructType()
      .add("index", DataTypes.LongType, false)
      .add("number", DataTypes.IntegerType, false)
      .add("parts", DataTypes.IntegerType, false)
      .add("language", DataTypes.StringType, false)
      .add("files", DataTypes.StringType, false)
      .add("licence", DataTypes.StringType, false)
      .add("text", DataTypes.BinaryType, false);

  /// @return rows of joined documents by the index of the first file
  Dataset<Row> of(JavaRDD<Block> blocks) {
    var sources = blocks.mapPartitionsWithIndex(new Sources(decisions.starts()), false);
    return decisions
        .spark()
        .createDataFrame(sources, SOURCES)
        .repartition(decisions.shuffles(), col("key"))
        .sortWithinPartitions("key", "index")
        .mapPartitions(new Join(decisions.job(), decisions.pass()), Table.rows(JOINED));
  }

  private record Sources(long[] starts)
      implements Function2<Integer, Iterator<Block>, Iterator<Row>> {
    @Override
    public Iterator<Row> call(Integer part, Iterator<Block> blocks) {
      return new Documents(blocks, starts[part], (index, sketch) -> {
        var source = ByteBuffer.allocate(Long.BYTES * (sketch.length - 1));
        source.asLongBuffer().put(sketch, 1, sketch.length - 1);
        return RowFactory.create(sketch[0], index, source.array());
      });
    }
  }

  private record Join(Job job, int pass) implements MapPartitionsFunction<Row, Row> {
    @Override
    public Iterator<Row> call(Iterator<Row> rows) {
      return new Texts((JoinRepository) CorpusPart.opening(job.steps(), pass), rows);
    }
  }

  /// Joined documents of one repository after the other. What belongs to one lies on this machine's
  /// disk.
  private static final class Texts implements Iterator<Row> {
    private final JoinRepository step;
    private final Iterator<Row> rows;
    private final RepositoryTexts sources;
    private final RepositoryTexts texts;
    private final ArrayDeque<Joined> made = new ArrayDeque<>();
    private Row next;

    Texts(JoinRepository step, Iterator<Row> rows) {
      this.step = step;
      this.rows = rows;
      var scratch = scratch();
      sources = new RepositoryTexts(scratch, "sources");
      texts = new RepositoryTexts(scratch, "joined");
      TaskContext.get().addTaskCompletionListener((TaskCompletionListener) _ -> {
        sources.close();
        texts.close();
        Disk.delete(scratch);
      });
      advance();
    }

    private static Path scratch() {
      try {
        return Files.createTempDirectory("herd");
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private void advance() {
      next = rows.hasNext() ? rows.next() : null;
    }

    private void join() {
      var files = new ArrayList<Placed>();
      sources.clear();
      texts.clear();
      for (long key = next.getLong(0); next != null && next.getLong(0) == key; advance()) {
        files.add(new Placed(next.getLong(1), sources.add(next.<byte[]>getAs(2))));
      }
      made.addAll(step.join(files, sources, texts));
    }

    @Override
    public boolean hasNext() {
      while (made.isEmpty() && next != null) {
        join();
      }
      return !made.isEmpty();
    }

    @Override
    public Row next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      var one = made.remove();
      var part = one.part();
      return RowFactory.create(
          one.index(),
          part.number(),
          one.parts(),
          part.language(),
          part.files(),
          part.licence(),
          texts.text(one.at(), one.length()));
    }
  }

  /// Verdicts on the documents of a part, which come in order.
  /// @param rows of joined documents, sorted by index
  static CorpusStep.Judge judge(Iterator<Row> rows) {
    return new CorpusStep.Judge() {
      private Row next = rows.hasNext() ? rows.next() : null;

      @Override
      public Verdict judge(long index, Doc doc) {
        while (next != null && next.getLong(0) < index) {
          next = rows.hasNext() ? rows.next() : null;
        }
        return next == null || next.getLong(0) > index
            ? JoinRepository.GOES
            : new Verdict.Keep(joined(doc, next));
      }
    };
  }

  private static Doc joined(Doc first, Row row) {
    var part = new Part(
        0, row.getInt(1), row.getString(3), row.getString(4), row.getString(5), row.getAs(6));
    return JoinRepository.joined(first, part, row.getInt(2));
  }
}

package herd.spark;

import herd.data.CorpusPart;
import herd.data.source.Source;
import herd.run.Disk;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.function.Function;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.api.java.function.FlatMapFunction2;
import org.apache.spark.sql.Row;

/// Passes over a part of the corpus, block by block.
final class Blocks {
  private Blocks() {}

  /// Each block as `each` makes it, then the count of them all.
  private static Iterator<Block> then(
      Iterator<CorpusPart.Left> each, CorpusPart part, Runnable atEnd) {
    return new Iterator<>() {
      private boolean ended;

      @Override
      public boolean hasNext() {
        return !ended;
      }

      @Override
      public Block next() {
        if (ended) {
          throw new NoSuchElementException();
        }
        if (each.hasNext()) {
          return new Block(each.next(), null);
        }
        ended = true;
        atEnd.run();
        return new Block(null, part.tally());
      }
    };
  }

  /// What is left in blocks, without their counts.
  static Iterator<CorpusPart.Left> left(Iterator<Block> blocks) {
    return mapped(blocks, Block::left);
  }

  /// Results that are not null.
  private static <A, B> Iterator<B> mapped(Iterator<A> all, Function<A, B> map) {
    return new Iterator<>() {
      private B next = find();

      private B find() {
        B found = null;
        while (found == null && all.hasNext()) {
          found = map.apply(all.next());
        }
        return found;
      }

      @Override
      public boolean hasNext() {
        return next != null;
      }

      @Override
      public B next() {
        if (next == null) {
          throw new NoSuchElementException();
        }
        var found = next;
        next = find();
        return found;
      }
    };
  }

  /// The first pass: reads the files of a part.
  record Read(Job job) implements FlatMapFunction<Iterator<List<String>>, Block> {
    @Override
    public Iterator<Block> call(Iterator<List<String>> names) {
      var recipe = job.recipe();
      var scratch = scratch();
      var sources = new ArrayList<Source>();
      while (names.hasNext()) {
        for (var name : names.next()) {
          var file = job.cluster().fetch(name, scratch.resolve("" + sources.size()));
          var source = Source.of(file, recipe.reading());
          sources.add(file.startsWith(scratch) ? new Renamed(source, name) : source);
        }
      }
      var part = job.part(0, null);
      return then(part.read(sources), part, () -> Disk.delete(scratch));
    }

    private static Path scratch() {
      try {
        return Files.createTempDirectory("herd");
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /// A later pass: opened by what was found of the part's documents, in their order.
  /// @param starts index of the first document of each part
  record Judge(Job job, int pass, long[] starts)
      implements FlatMapFunction2<Iterator<Block>, Iterator<Row>, Block> {
    @Override
    public Iterator<Block> call(Iterator<Block> blocks, Iterator<Row> findings) {
      int number = TaskContext.getPartitionId();
      var found = Findings.of(CorpusPart.opening(job.steps(), pass), findings);
      var part = job.part(pass, found);
      var at = new long[] {starts[number]};
      Function<Block, CorpusPart.Left> judge = block -> {
        if (block.left() == null) {
          return null;
        }
        long first = at[0];
        at[0] += block.left().size();
        return part.judge(block.left(), first);
      };
      return then(mapped(blocks, judge), part, () -> {});
    }
  }
}

package herd.spark;

import herd.data.CorpusPart;
import herd.data.Doc;
import herd.data.DocForm;
import herd.data.Step;
import herd.engine.UserError;
import herd.run.Progress;
import java.io.IOException;
import java.io.OutputStream;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.Function2;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.storage.StorageLevel;
import tools.jackson.databind.node.ObjectNode;

/// Curation on a cluster. The files are cut into parts, one after the other; documents stay in
/// their part from reading to writing. After each pass the parts' sizes give every document its
/// index in the corpus, and what a corpus step finds of documents is sent to their parts.
/// @param partBytes a part is complete when its files have so many bytes
/// @param shuffles partitions of a shuffle
record SparkCuration(SparkSession spark, Job job, long partBytes, int shuffles) {
  /// How a part ended a pass.
  private record Ended(long documents, String tally) implements Serializable {}

  /// Curates files into `documents` and `rejected` of the job's folder.
  /// @param facts get `counts`, `funnel` and `samples`
  /// @throws UserError if nothing is left
  void run(List<Cluster.Found> files, ObjectNode facts, Progress progress) {
    var steps = job.steps();
    job.recipe().tokens(); // a tokenizer that is not there is said at once
    try {
      run(parts(files), steps, facts, progress);
    } catch (Exception e) { // Scala does not declare what Spark throws
      throw mistake(e);
    }
  }

  /// What a task threw as a user's mistake is one here too.
  private static RuntimeException mistake(Exception e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof UserError mistake) {
        return mistake;
      }
    }
    return e instanceof RuntimeException here ? here : new IllegalStateException(e);
  }

  private List<List<String>> parts(List<Cluster.Found> files) {
    var parts = new ArrayList<List<String>>();
    var names = new ArrayList<String>();
    long bytes = 0;
    for (var file : files) {
      if (!names.isEmpty() && bytes + file.bytes() > partBytes) {
        parts.add(names);
        names = new ArrayList<>();
        bytes = 0;
      }
      names.add(file.name());
      bytes += file.bytes();
    }
    parts.add(names);
    return parts;
  }

  private void run(
      List<List<String>> parts, List<Step> steps, ObjectNode facts, Progress progress) {
    var totals = new CorpusPart.Totals(steps, job.seed());
    int passes = CorpusPart.passes(steps);
    JavaRDD<Block> blocks = null;
    var starts = new long[parts.size()];
    for (int pass = 0; pass < passes; pass++) {
      boolean last = pass == passes - 1;
      var before = blocks;
      blocks = pass == 0 ? read(parts) : judged(before, pass, starts);
      if (!last) {
        blocks.persist(StorageLevel.DISK_ONLY());
      }
      var ended = blocks.mapPartitionsWithIndex(new End(job, pass, last), true).collect();
      long documents = 0;
      starts = new long[parts.size()];
      for (int part = 0; part < starts.length; part++) {
        starts[part] = documents;
        documents += ended.get(part).documents();
        totals.add(ended.get(part).tally());
      }
      if (before != null) {
        before.unpersist();
      }
      progress.at(pass + 1, passes, "passes", Map.of("documents", documents));
    }
    totals.writeTo(facts, job.recipe().tokens());
  }

  private JavaRDD<Block> read(List<List<String>> parts) {
    return JavaSparkContext.fromSparkContext(spark.sparkContext())
        .parallelize(parts, parts.size())
        .mapPartitions(new Blocks.Read(job));
  }

  private JavaRDD<Block> judged(JavaRDD<Block> blocks, int pass, long[] starts) {
    var found = new Decisions(spark, job, pass, starts, shuffles).of(blocks);
    var place =
        functions.udf((UDF1<Long, Integer>) index -> part(starts, index), DataTypes.IntegerType);
    var sent = found
        .repartitionById(starts.length, place.apply(found.col("index")))
        .sortWithinPartitions("index")
        .toJavaRDD();
    return blocks.zipPartitions(sent, new Blocks.Judge(job, pass, starts));
  }

  /// The part of a document: the last one that begins at it or before.
  static int part(long[] starts, long index) {
    int low = 0;
    int high = starts.length;
    while (high - low > 1) {
      int middle = low + high >>> 1;
      if (starts[middle] <= index) {
        low = middle;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /// The end of a pass in a part: writes what leaves, and counts what is left.
  private record End(Job job, int pass, boolean last)
      implements Function2<Integer, Iterator<Block>, Iterator<Ended>> {
    @Override
    public Iterator<Ended> call(Integer part, Iterator<Block> blocks) {
      var recipe = job.recipe();
      var rejected = "%s/rejected/%d-%05d.jsonl.zst".formatted(job.out(), pass, part);
      long documents = 0;
      long bytes = 0;
      String tally = null;
      int files = 0;
      var docs = new ArrayList<Doc>();
      var dropped = new Dropped(job.cluster());
      while (blocks.hasNext()) {
        var block = blocks.next();
        if (block.left() == null) {
          tally = block.tally();
          continue;
        }
        documents += block.left().size();
        dropped.add(block.left().rejected());
        if (last) {
          for (var doc : CorpusPart.documents(block.left())) {
            docs.add(doc);
            bytes += doc.text().length();
          }
          if (bytes >= recipe.shardBytes()) {
            write(part, files++, recipe.form(), docs);
            docs.clear();
            bytes = 0;
          }
        }
      }
      if (!docs.isEmpty()) {
        write(part, files, recipe.form(), docs);
      }
      dropped.put(rejected);
      return List.of(new Ended(documents, tally)).iterator();
    }

    private void write(int part, int file, DocForm form, List<Doc> docs) {
      var name = "%s/documents/%05d-%03d%s".formatted(job.out(), part, file, form.ending());
      job.cluster().put(name, path -> form.write(path, docs));
    }
  }

  /// What a part dropped, in a file of this machine until it is complete.
  private static final class Dropped {
    private final Cluster cluster;
    private Path file;
    private OutputStream out;

    Dropped(Cluster cluster) {
      this.cluster = cluster;
    }

    void add(byte[] rejected) {
      if (rejected.length == 0) {
        return;
      }
      try {
        if (out == null) {
          file = Files.createTempFile("herd", ".rejected");
          out = Files.newOutputStream(file);
        }
        out.write(rejected);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    void put(String name) {
      if (out == null) {
        return;
      }
      try {
        out.close();
        cluster.put(name, path -> move(file, path));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private static void move(Path file, Path to) {
      try {
        Files.move(file, to);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}

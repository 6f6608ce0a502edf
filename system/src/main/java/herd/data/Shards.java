package herd.data;

import herd.data.DocForm.Rejected;
import herd.data.Pass.Done;
import herd.data.source.Source;
import herd.run.Disk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The files that a pass leaves, and the note of how far the work is. A file is written on a
/// worker; only when it and all before it are complete, the note says so. What lies beyond the
/// note when a run begins was not finished, and is written again.
final class Shards {
  /// Files that are being written at a time.
  private static final int WRITTEN_AT_ONCE = 2;

  /// A file is also complete when so many bytes of the sources were read for it, so that little is
  /// done twice where nearly everything is dropped.
  private static final long MOST_READ = 1L << 30;

  private static final JsonMapper JSON = JsonMapper.shared();

  private final Path work;
  private final DocForm form;
  private final long shardBytes;
  private final ArrayDeque<Writing> writing = new ArrayDeque<>();

  private int pass;
  private int shards;
  private int file;
  private long item;
  private long read;
  private long documents;
  private long documentsBefore;
  private int shardsBefore;
  private boolean last;

  private List<Doc> docs = new ArrayList<>();
  private List<long[]> sketches = new ArrayList<>();
  private List<Rejected> rejected = new ArrayList<>();
  private long bytes;
  private long weight;

  private record Writing(Future<?> files, String note) {}

  /// @param work the run's directory
  Shards(Path work, DocForm form, long shardBytes) {
    this.work = work;
    this.form = form;
    this.shardBytes = shardBytes;
  }

  /// Goes on where the note says that the work stands; at the beginning if there is none.
  void restore(Tally tally) {
    JsonNode note;
    try {
      var file = note();
      if (!Files.exists(file)) {
        return;
      }
      note = JSON.readTree(Files.readString(file));
    } catch (IOException e) {
      throw Disk.trouble(e, note());
    } catch (JacksonException e) {
      throw new IllegalStateException(note() + " is no note of this program", e);
    }
    pass = note.path("pass").asInt();
    shards = note.path("shards").asInt();
    file = note.path("file").asInt();
    item = note.path("item").asLong();
    read = note.path("read").asLong();
    documents = note.path("documents").asLong();
    shardsBefore = note.path("shardsBefore").asInt();
    documentsBefore = note.path("documentsBefore").asLong();
    tally.add(note.path("tally"));
  }

  private Path note() {
    return work.resolve("state.json");
  }

  private String note(Tally tally) {
    var note = JSON.createObjectNode();
    note.put("pass", pass).put("shards", shards).put("file", file).put("item", item);
    note.put("read", read).put("documents", documents);
    note.put("shardsBefore", shardsBefore).put("documentsBefore", documentsBefore);
    note.set("tally", tally.json());
    return note.toString();
  }

  int pass() {
    return pass;
  }

  /// Which source is read.
  int file() {
    return file;
  }

  /// Items of it that are done.
  long item() {
    return item;
  }

  /// Items that the pass is done with.
  long read() {
    return read;
  }

  /// Documents that the pass has kept.
  long documents() {
    return documents;
  }

  private Path folder(int pass) {
    return work.resolve("pass-" + pass);
  }

  private Path shard(int pass, int number, String ending) {
    return folder(pass).resolve("%05d%s".formatted(number, ending));
  }

  /// Begins the pass, or goes on with it.
  /// @param last whether it is the last one, whose files are what the run leaves
  Shards begin(boolean last) {
    this.last = last;
    Disk.directory(folder(pass));
    return this;
  }

  /// What the pass before left.
  List<Source> stored() {
    var all = new ArrayList<Source>();
    for (int i = 0; i < shardsBefore; i++) {
      all.add(new Stored(shard(pass - 1, i, DocForm.STORED.ending())));
    }
    return all;
  }

  /// What the step at the end of the pass before noted.
  Sketches sketches() {
    var all = new ArrayList<Path>();
    for (int i = 0; i < shardsBefore; i++) {
      all.add(shard(pass - 1, i, ".sketches"));
    }
    var scratch = work.resolve("sorted");
    Disk.delete(scratch);
    return new SketchFiles(all, documentsBefore, Disk.directory(scratch));
  }

  /// Takes the outcome of a chunk, in order.
  void take(Done done, Tally tally, ExecutorService workers) {
    docs.addAll(done.docs());
    sketches.addAll(done.sketches());
    rejected.addAll(done.rejected());
    done.docs().forEach(doc -> bytes += doc.bytes());
    done.rejected().forEach(one -> bytes += one.doc() == null ? 0 : one.doc().bytes());
    weight += done.chunk().weight();
    documents += done.docs().size();
    read += done.chunk().items().size();
    file = done.chunk().file();
    item = done.chunk().item();
    if (bytes >= shardBytes || weight >= MOST_READ) {
      seal(tally, workers);
    }
  }

  private void seal(Tally tally, ExecutorService workers) {
    int number = shards++;
    var theDocs = docs;
    var theSketches = sketches;
    var theRejected = rejected;
    docs = new ArrayList<>();
    sketches = new ArrayList<>();
    rejected = new ArrayList<>();
    bytes = 0;
    weight = 0;
    Runnable files = () -> write(number, theDocs, theSketches, theRejected);
    if (workers == null) {
      files.run();
      finish(0);
      Disk.write(note(), note(tally));
      return;
    }
    writing.add(new Writing(workers.submit(files), note(tally)));
    finish(WRITTEN_AT_ONCE);
  }

  private void write(
      int number, List<Doc> theDocs, List<long[]> theSketches, List<Rejected> theRejected) {
    var as = last ? form : DocForm.STORED;
    as.write(shard(pass, number, as.ending()), theDocs);
    if (!last) {
      SketchFiles.write(shard(pass, number, ".sketches"), theSketches);
    }
    if (!theRejected.isEmpty()) {
      var aside = Disk.directory(work.resolve("rejected"));
      var name = "%d-%05d.jsonl.zst".formatted(pass, number);
      DocForm.writeRejected(aside.resolve(name), theRejected);
    }
  }

  /// Waits until at most `left` files are being written.
  private void finish(int left) {
    while (writing.size() > left) {
      var first = writing.remove();
      Pipeline.result(first.files());
      Disk.write(note(), first.note());
    }
  }

  /// The pass is complete.
  void end(Tally tally) {
    finish(0);
    if (!docs.isEmpty() || !rejected.isEmpty()) {
      seal(tally, null);
    }
    int before = pass - 1;
    shardsBefore = shards;
    documentsBefore = documents;
    pass++;
    file = 0;
    item = 0;
    read = 0;
    if (!last) {
      shards = 0;
      documents = 0;
    }
    Disk.write(note(), note(tally));
    Disk.delete(folder(before));
  }

  /// The files that the run leaves.
  List<Path> files() {
    var all = new ArrayList<Path>();
    for (int i = 0; i < shardsBefore; i++) {
      all.add(shard(pass - 1, i, form.ending()));
    }
    return all;
  }

  List<Path> rejectedFiles() {
    var folder = work.resolve("rejected");
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (var list = Files.list(folder)) {
      return list.sorted().toList();
    } catch (IOException e) {
      throw Disk.trouble(e, folder);
    }
  }
}

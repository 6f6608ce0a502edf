package herd.train.save;

import herd.engine.io.Encoding;
import herd.engine.io.JsonWriter;
import herd.engine.io.Safetensors;
import herd.engine.io.StoredTensor;
import herd.engine.io.WholeFile;
import herd.engine.tensor.DType;
import herd.engine.tensor.Tensor;
import herd.run.Interrupted;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import static java.nio.charset.StandardCharsets.UTF_8;

/// One checkpoint as it is written by a thread of its own while training goes on.
///
/// Tensors are written from where they lie, in the order in which the optimizer comes to them.
/// Before it changes one it asks [#release], which returns at once if the tensor is written or
/// there is room to copy it aside, and else waits: the checkpoint holds one step's numbers, and
/// takes at most [#ROOM] of memory.
final class Snapshot {
  /// Bytes of tensors that are copied aside at most.
  static final long ROOM = 64L << 20;

  private static final int CHUNK = 1 << 20;

  private enum Place {
    LIVE,
    BEING_READ,
    ASIDE,
    DONE
  }

  /// A tensor on its way to the disk.
  private static final class Item {
    private final String part;
    private final StoredTensor tensor;
    private Place place = Place.LIVE;
    private Arena arena; // of the copy
    private MemorySegment data;

    Item(String part, StoredTensor tensor) {
      this.part = part;
      this.tensor = tensor;
      this.data = tensor.data();
    }
  }

  private final CheckpointFolder folder;
  private final long step;
  private final Map<String, Object> state;
  private final Map<String, List<Item>> parts = new LinkedHashMap<>();
  private final Map<String, List<Item>> byName = new LinkedHashMap<>();
  private final Retention retention;
  private Thread thread;
  private long room = ROOM;
  private Throwable failure;

  /// @param parts tensors by name, by the name of the part
  /// @param retention what stays once it stands
  Snapshot(
      CheckpointFolder folder,
      long step,
      Map<String, ? extends Map<String, Tensor>> parts,
      Map<String, Object> state,
      Retention retention) {
    this.folder = folder;
    this.step = step;
    this.state = state;
    this.retention = retention;
    parts.forEach((part, tensors) -> {
      var items = new ArrayList<Item>();
      tensors.forEach((name, tensor) -> {
        var stored = new StoredTensor(name, encoding(tensor), shape(tensor), tensor.data());
        var item = new Item(part, stored);
        items.add(item);
        byName.computeIfAbsent(name, _ -> new ArrayList<>()).add(item);
      });
      this.parts.put(part, items);
    });
  }

  /// Begins to write, in a thread of its own.
  Snapshot start() {
    thread = Thread.ofPlatform().daemon().name("herd-checkpoint").start(this::write);
    return this;
  }

  long step() {
    return step;
  }

  boolean running() {
    return thread.isAlive();
  }

  /// Waits for the end.
  /// @return why the checkpoint does not stand, or null
  Throwable join() {
    boolean interrupted = false;
    while (thread != null && thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true; // the tensors are still being read
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    return failure;
  }

  /// Returns when the tensors of that name may be changed.
  void release(String name) {
    for (var item : byName.getOrDefault(name, List.of())) {
      release(item);
    }
  }

  private synchronized void release(Item item) {
    long bytes = item.data.byteSize();
    if (item.place == Place.LIVE && bytes <= room) {
      room -= bytes;
      item.arena = Arena.ofShared();
      item.data = item.arena.allocate(bytes, Tensor.ALIGNMENT).copyFrom(item.data);
      item.place = Place.ASIDE;
    }
    while (item.place == Place.LIVE || item.place == Place.BEING_READ) {
      try {
        wait();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new Interrupted();
      }
    }
  }

  /// The item's numbers, which stay as they are until [#written].
  private synchronized MemorySegment read(Item item) {
    if (item.place == Place.LIVE) {
      item.place = Place.BEING_READ;
    }
    return item.data;
  }

  private synchronized void written(Item item) {
    item.place = Place.DONE;
    if (item.arena != null) {
      room += item.data.byteSize();
      item.data = MemorySegment.NULL;
      item.arena.close();
      item.arena = null;
    }
    notifyAll();
  }

  /// Writes it, in this thread.
  void write() {
    Path aside = null;
    try {
      aside = folder.aside(step);
      var sums = tensors(aside);
      var all = new LinkedHashMap<String, Object>();
      all.put("step", step);
      all.putAll(state);
      byte[] json = (JsonWriter.write(all) + "\n").getBytes(UTF_8);
      WholeFile.write(aside.resolve(CheckpointFolder.STATE), out -> out.write(json));
      sums.put(CheckpointFolder.STATE, hex(CheckpointFolder.digest(), json));
      var lines = new StringBuilder();
      sums.forEach((file, sum) -> lines.append(sum).append("  ").append(file).append('\n'));
      WholeFile.write(aside.resolve(CheckpointFolder.SUMS), lines.toString());
      folder.place(aside, step);
      folder.prune(retention);
    } catch (IOException | RuntimeException | OutOfMemoryError e) {
      failure = e;
      if (aside != null) {
        CheckpointFolder.discard(aside);
      }
    } finally {
      byName.values().forEach(items -> items.forEach(this::written));
    }
  }

  private static String hex(MessageDigest digest, byte[] bytes) {
    return HexFormat.of().formatHex(digest.digest(bytes));
  }

  /// A part's file as it grows.
  private static final class Open implements AutoCloseable {
    private final FileChannel channel;
    private final MessageDigest digest = CheckpointFolder.digest();

    Open(Path file) throws IOException {
      channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    }

    void write(ByteBuffer bytes) throws IOException {
      digest.update(bytes.duplicate());
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
    }

    void write(MemorySegment data) throws IOException {
      for (long from = 0; from < data.byteSize(); from += CHUNK) {
        write(data.asSlice(from, Math.min(CHUNK, data.byteSize() - from)).asByteBuffer());
      }
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }

  /// Writes all parts side by side: what belongs to one name is released together.
  private Map<String, String> tensors(Path aside) throws IOException {
    var open = new LinkedHashMap<String, Open>();
    try {
      for (var part : parts.entrySet()) {
        var file = new Open(aside.resolve(part.getKey() + Checkpoints.TENSORS));
        open.put(part.getKey(), file);
        var stored = part.getValue().stream().map(item -> item.tensor).toList();
        file.write(ByteBuffer.wrap(Safetensors.header(stored, Map.of())));
      }
      for (var item : order()) {
        open.get(item.part).write(read(item));
        written(item);
      }
      var sums = new TreeMap<String, String>();
      for (var part : open.entrySet()) {
        part.getValue().channel.force(true);
        byte[] sum = part.getValue().digest.digest();
        sums.put(part.getKey() + Checkpoints.TENSORS, HexFormat.of().formatHex(sum));
      }
      return sums;
    } finally {
      for (var file : open.values()) {
        file.close();
      }
    }
  }

  /// The items of each part in that part's order, those of one name near each other.
  private List<Item> order() {
    var order = new ArrayList<Item>();
    int longest = parts.values().stream().mapToInt(List::size).max().orElse(0);
    for (int i = 0; i < longest; i++) {
      for (var items : parts.values()) {
        if (i < items.size()) {
          order.add(items.get(i));
        }
      }
    }
    return order;
  }

  static Encoding encoding(Tensor tensor) {
    return tensor.type() == DType.F32 ? Encoding.F32 : Encoding.F64;
  }

  static long[] shape(Tensor tensor) {
    return new long[] {tensor.rows(), tensor.cols()};
  }
}

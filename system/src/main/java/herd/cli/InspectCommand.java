package herd.cli;

import herd.engine.io.Gguf;
import herd.engine.io.Safetensors;
import herd.engine.io.StoredTensor;
import herd.engine.model.GgufModel;
import herd.engine.model.Llama;
import herd.engine.model.LlamaConfig;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

@Command(
    name = "inspect",
    description = "Say what is in a model file, and whether all of it is there and fits.",
    footer = {"", "Example: herd inspect model.gguf"})
final class InspectCommand implements Runnable {
  @ParentCommand
  private Main herd;

  @Parameters(
      paramLabel = "FILE|MODEL",
      description = "A GGUF or safetensors file, a model directory, a run or hf:owner/name.")
  private String model;

  @Option(names = "--tensors", description = "List every tensor.")
  private boolean all;

  @Mixin
  private KernelOptions kernels;

  @Mixin
  private Shown shown;

  /// What was found.
  /// @param config null where only the container is known
  /// @param metadata of the file, without long lists
  private record Found(
      String format,
      Path place,
      LlamaConfig config,
      Map<String, Object> metadata,
      Collection<StoredTensor> tensors) {
    long numbers() {
      return tensors.stream().mapToLong(StoredTensor::size).sum();
    }

    long bytes() {
      return tensors.stream().mapToLong(tensor -> tensor.data().byteSize()).sum();
    }

    /// Bytes by encoding.
    Map<String, Long> encodings() {
      var bytes = new TreeMap<String, Long>();
      for (var tensor : tensors) {
        bytes.merge(tensor.encoding().name(), tensor.data().byteSize(), Long::sum);
      }
      return bytes;
    }
  }

  @Override
  public void run() {
    kernels.check();
    try (var arena = Arena.ofShared()) {
      var found = find(arena);
      if (shown.asJson()) {
        herd.out().println(json(found));
      } else {
        print(found);
      }
    }
  }

  private Found find(Arena arena) {
    boolean file = model.matches("(?i).*\\.(gguf|safetensors|index\\.json)");
    Path place = file ? Path.of(model) : ModelPlace.find(model, herd.environment());
    if (place.toString().toLowerCase(Locale.ROOT).endsWith(".gguf")) {
      var gguf = Gguf.read(place, arena);
      return new Found(
          "GGUF", place, GgufModel.check(gguf), gguf.metadata(), gguf.tensors().values());
    }
    var stored = Files.isDirectory(place)
        ? Safetensors.readModel(place, arena)
        : Safetensors.read(place, arena);
    var config = Files.isDirectory(place) ? Llama.check(place) : null;
    return new Found(
        "safetensors",
        place,
        config,
        Map.copyOf(stored.metadata()),
        stored.tensors().values());
  }

  private ObjectNode json(Found found) {
    var out = JsonNodeFactory.instance
        .objectNode()
        .put("file", found.place.toString())
        .put("format", found.format)
        .put("architecture", found.config == null ? null : found.config.family().label())
        .put("parameters", found.numbers())
        .put("bytes", found.bytes());
    if (found.config != null) {
      shape(found.config).forEach((key, value) -> out.putPOJO(key, value));
    }
    var metadata = out.putObject("metadata");
    new TreeMap<>(found.metadata).forEach((key, value) -> {
      if (value instanceof List<?> list) {
        metadata.put(key, "a list of " + list.size());
      } else {
        metadata.putPOJO(key, value);
      }
    });
    var tensors = out.putArray("tensors");
    for (var tensor : found.tensors) {
      var entry = tensors.addObject().put("name", tensor.name());
      entry.put("encoding", tensor.encoding().name());
      var shape = entry.putArray("shape");
      Arrays.stream(tensor.shape()).forEach(shape::add);
      entry.put("bytes", tensor.data().byteSize());
    }
    return out;
  }

  private static Map<String, Object> shape(LlamaConfig c) {
    var out = new TreeMap<String, Object>();
    out.put("vocab", c.vocab());
    out.put("dim", c.dim());
    out.put("layers", c.layers());
    out.put("heads", c.heads());
    out.put("kvHeads", c.kvHeads());
    out.put("headDim", c.headDim());
    out.put("ffnDim", c.ffnDim());
    out.put("context", c.context());
    out.put("tied", c.tied());
    out.put("ropeBase", c.ropeBase());
    out.put("ropeFactor", c.ropeScaling() == null ? 1.0 : c.ropeScaling().factor());
    return out;
  }

  private void print(Found found) {
    herd.out()
        .printf(
            Locale.ROOT,
            "%s: %s, %s, %,d numbers in %,d tensors, %,d bytes%n",
            found.place,
            found.format,
            found.config == null
                ? "of no known architecture"
                : found.config.family().label() + ", all tensors there",
            found.numbers(),
            found.tensors.size(),
            found.bytes());
    if (found.config != null) {
      shape(found.config).forEach((key, value) -> herd.out().printf("  %-10s %s%n", key, value));
    }
    found.encodings().forEach((name, bytes) -> herd.out()
        .printf(Locale.ROOT, "  %-10s %,d bytes%n", name, bytes));
    if (all) {
      found.tensors.forEach(tensor -> herd.out().println("  " + tensor));
    }
  }
}

package herd.recipe;

import herd.engine.io.Encoding;
import herd.engine.model.GgufModel;
import herd.engine.model.Llama;
import herd.engine.text.GgufTokenizer;
import herd.engine.text.Tokenizer;
import herd.run.About;
import herd.run.Default;
import herd.run.Workspace;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.util.List;
import java.util.Locale;

/// Writes a stage's model as one GGUF file, `model.gguf`, that llama.cpp opens.
@About("writes a model as one GGUF file")
record Quantize(
    @About("stage with the model") String model,
    @About("stage with the documents") @Default("curate") String data,
    @About("how matrices are stored") @Default("q8-0") Format format)
    implements Stage {
  /// How matrices are stored.
  enum Format {
    F32(Encoding.F32),
    F16(Encoding.F16),
    Q8_0(Encoding.Q8_0);

    private final Encoding encoding;

    Format(Encoding encoding) {
      this.encoding = encoding;
    }
  }

  @Override
  public List<String> inputs() {
    return List.of(data, model);
  }

  @Override
  public int version() {
    return 1;
  }

  @Override
  public void run(Workspace workspace, Inputs inputs) throws IOException {
    var source = inputs.in(model, "model");
    var file = workspace.result().resolve("model.gguf");
    var tokenizer = Tokenizer.load(source);
    try (var arena = Arena.ofShared()) {
      var llama = Llama.load(source, arena);
      GgufModel.save(
          file,
          llama,
          format.encoding,
          GgufTokenizer.metadata(tokenizer, llama.config().vocab()));
      var holdout = HoldoutBits.of(
          inputs.in(data, "holdout.parquet"), tokenizer, llama.config().context(), inputs);
      double whole = holdout.of(llama);
      double stored = holdout.of(GgufModel.load(file, arena));
      workspace
          .facts()
          .put("bitsPerByteBefore", whole)
          .put("bitsPerByteAfter", stored)
          .withArray("notes")
          .add(String.format(
              Locale.ROOT,
              "%.4f bits per byte on part of the hold-out before, %.4f after.",
              whole,
              stored));
    }
    long before = Files.size(source.resolve("model.safetensors"));
    long after = Files.size(file);
    workspace.facts().putObject("counts").put("bytesBefore", before).put("bytes", after);
    var note = "%s is %.1f%% of the safetensors file.";
    workspace
        .facts()
        .withArray("notes")
        .add(String.format(Locale.ROOT, note, file.getFileName(), 100.0 * after / before));
  }
}

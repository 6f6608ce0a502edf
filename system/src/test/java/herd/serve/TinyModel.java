package herd.serve;

import herd.engine.infer.EngineSettings;
import herd.engine.model.Llama;
import herd.engine.model.LlamaConfig;
import herd.engine.tensor.DType;
import herd.engine.tensor.ReferenceKernels;
import herd.engine.text.BpeTrainer;
import herd.engine.text.ChatFormat;
import herd.engine.text.ChatTemplate;
import herd.engine.text.Tokenizer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// A model of random weights that answers nonsense quickly.
final class TinyModel {
  static final EngineSettings SETTINGS =
      EngineSettings.DEFAULTS.withKvBytes(64 << 20).withBlockTokens(8);
  static final Tokenizer TOKENIZER = BpeTrainer.train(
      List.of("the cat sat on the mat and the dog ran to the cat", "größer ✓ 日本"),
      300,
      Tokenizer.LLAMA3_SPECIALS);

  private TinyModel() {}

  /// Llama 3's plain format, as a template.
  private static ChatPrompt chat() {
    try {
      var file = Files.createTempFile("tiny", ".jinja");
      Files.writeString(file, new ChatFormat(TOKENIZER).template());
      var own = Map.of("bos_token", "<|begin_of_text|>");
      var template = ChatTemplate.read(file, own);
      Files.delete(file);
      return ChatPrompt.of(template, TOKENIZER);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// @param context positions; a long one lets answers go on for long
  static ServedModel.Parts parts(String id, int context) {
    var arena = Arena.ofShared();
    var config =
        new LlamaConfig(TOKENIZER.vocab(), 32, 2, 4, 2, 8, 64, 500_000, null, 1e-5, true, context);
    return new ServedModel.Parts(
        id,
        Llama.random(arena, DType.F32, config, 1),
        TOKENIZER,
        new ReferenceKernels(),
        chat(),
        Set.of(TOKENIZER.special("<|eot_id|>")),
        new int[] {TOKENIZER.special("<|begin_of_text|>")},
        List.of(),
        1 << 20,
        arena::close);
  }
}

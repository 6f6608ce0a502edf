package herd.recipe;

import herd.engine.model.Llama;
import herd.engine.text.ChatFormat;
import herd.engine.text.Tokenizer;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;

/// The model in a stage's result: a folder `model/` in the Hugging Face layout, tokenizer, chat
/// template and stop tokens included.
final class ModelFolder {
  static final String NAME = "model";

  private ModelFolder() {}

  static void save(Llama model, Tokenizer tokenizer, Path stage) throws IOException {
    var folder = Files.createDirectories(stage.resolve(NAME));
    model.save(folder);
    tokenizer.save(folder.resolve("tokenizer.json"));
    new ChatFormat(tokenizer).save(folder, model.config().context());
  }

  static Llama load(Path stage, Arena arena) {
    return Llama.load(stage.resolve(NAME), arena);
  }

  static Tokenizer tokenizer(Path stage) {
    return Tokenizer.load(stage.resolve(NAME).resolve("tokenizer.json"));
  }
}

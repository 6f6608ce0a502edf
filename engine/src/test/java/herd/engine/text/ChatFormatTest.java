package herd.engine.text;

import herd.engine.UserError;
import herd.engine.io.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

class ChatFormatTest {
  private final Tokenizer tokenizer =
      BpeTrainer.train(List.of("user assistant hello there"), 290, Tokenizer.LLAMA3_SPECIALS);
  private final ChatFormat format = new ChatFormat(tokenizer);

  @Test
  void writesTheHeadersOfLlama3() {
    var dialog =
        List.of(new Message("user", "hello <|eot_id|>"), new Message("assistant", " there\n"));
    assertThat(tokenizer.decode(format.encode(dialog, true).ids()))
        .isEqualTo(
            "<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\nhello <|eot_id|><|eot_id|>"
                + "<|start_header_id|>assistant<|end_header_id|>\n\n there\n<|eot_id|>"
                + "<|start_header_id|>assistant<|end_header_id|>\n\n");
  }

  @Test
  void masksWhatARoleSays() {
    var dialog = List.of(new Message("user", "hello"), new Message("assistant", "there"));
    var encoded = format.encode(dialog, false);
    assertThat(masked(encoded, encoded.mask("assistant", true))).isEqualTo("there<|eot_id|>");
    assertThat(masked(encoded, encoded.mask("assistant", false))).isEqualTo("there");
    assertThat(masked(encoded, encoded.mask("user", false))).isEqualTo("hello");
    assertThat(encoded.turns()[0]).isEqualTo(-1);
    assertThat(encoded.parts()).hasSameSizeAs(encoded.ids());
  }

  private String masked(Dialog dialog, boolean[] mask) {
    var out = new StringBuilder();
    for (int i = 0; i < mask.length; i++) {
      if (mask[i]) {
        out.append(tokenizer.decode(dialog.ids()[i]));
      }
    }
    return out.toString();
  }

  @Test
  void stopsAtEveryKindOfEnd() {
    assertThat(tokenizer.decode(format.stops())).isEqualTo("<|eot_id|><|end_of_text|><|eom_id|>");
  }

  @Test
  void needsTheSpecialTokens() {
    var bare = BpeTrainer.train(List.of(), 256, List.of());
    assertThatThrownBy(() -> new ChatFormat(bare)).isInstanceOf(UserError.class);
  }

  @Test
  void savesTheTemplateAndTheStops(@TempDir Path folder) {
    format.save(folder, 1024);
    var config = Json.read(folder.resolve("tokenizer_config.json"));
    assertThat(config.get("chat_template").string()).isEqualTo(format.template());
    assertThat(config.get("model_max_length").integer()).isEqualTo(1024);
    var generation = Json.read(folder.resolve("generation_config.json"));
    assertThat(generation.get("eos_token_id").list()).hasSize(3);
  }

  /// Independent check by the `transformers` library, where Python has it.
  @Test
  void theDirectoryOpensInTransformers(@TempDir Path folder) throws Exception {
    String python = System.getProperty("herd.python", "python3");
    assumeTrue(
        run(python, "-c", "import transformers") != null, "python3 with transformers is absent");
    tokenizer.save(folder.resolve("tokenizer.json"));
    format.save(folder, 1024);
    String program = """
        import sys, transformers
        t = transformers.AutoTokenizer.from_pretrained(sys.argv[1])
        g = transformers.GenerationConfig.from_pretrained(sys.argv[1])
        assert len(g.eos_token_id) == 3 and t.eos_token == '<|eot_id|>'
        m = [{'role': 'user', 'content': 'hello  there'}, {'role': 'assistant', 'content': 'user'}]
        e = t.apply_chat_template(m, add_generation_prompt=True)
        print(' '.join(map(str, e if isinstance(e, list) else e['input_ids'])))
        """;
    String out = run(python, "-c", program, folder.toString());
    assertThat(out).isNotNull();
    var dialog = List.of(new Message("user", "hello  there"), new Message("assistant", "user"));
    int[] theirs =
        Arrays.stream(out.strip().split(" ")).mapToInt(Integer::parseInt).toArray();
    assertThat(format.encode(dialog, true).ids()).isEqualTo(theirs);
  }

  /// The output of a program, null if it fails or is absent.
  private static String run(String... command) throws InterruptedException {
    try {
      var process = new ProcessBuilder(command)
          .redirectError(ProcessBuilder.Redirect.DISCARD)
          .start();
      String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return process.waitFor() == 0 ? out : null;
    } catch (IOException e) {
      return null;
    }
  }
}

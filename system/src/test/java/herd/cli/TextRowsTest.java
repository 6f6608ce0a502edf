package herd.cli;

import herd.engine.text.BpeTrainer;
import herd.engine.text.ChatFormat;
import herd.engine.text.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/// `tokenize`, `detokenize` and `render`, a row in and a row out.
class TextRowsTest {
  @TempDir
  Path dir;

  private final Tokenizer tokenizer =
      BpeTrainer.train(List.of("the cat sat on the mat"), 280, Tokenizer.LLAMA3_SPECIALS);

  @BeforeEach
  void save() throws IOException {
    tokenizer.save(dir.resolve("tokenizer.json"));
    new ChatFormat(tokenizer).save(dir, 64);
    Files.writeString(dir.resolve("config.json"), "{}");
  }

  private String herd(String input, String... arguments) {
    var called = new Called(dir.resolve("home"));
    assertThat(called.run(input, arguments)).as(called.err()).isZero();
    return called.out();
  }

  @Test
  void textsBecomeIdsAndIdsTexts() {
    var file = dir.resolve("tokenizer.json").toString();
    var rows = herd(
            """
            {"id": 1, "text": "the \\ud800 <|eot_id|>"}
            {"id": "b", "words": 1}
            {"id": 3, "text": ""}
            """,
            "tokenize",
            "--model",
            file,
            "--kernels",
            "reference",
            "--threads",
            "1",
            "--in",
            "-")
        .lines()
        .toList();
    assertThat(rows).hasSize(3);
    assertThat(rows.get(1)).startsWith("{\"id\":\"b\",\"error\":");
    assertThat(rows.get(2)).isEqualTo("{\"id\":3,\"ids\":[]}");
    assertThat(herd(
            rows.get(0) + "\n{\"id\":2,\"ids\":[9999999]}",
            "detokenize",
            "--model",
            file,
            "--in",
            "-"))
        .startsWith("{\"id\":1,\"text\":\"the \ufffd <|eot_id|>\"}\n{\"id\":2,\"error\":");
    int eot = tokenizer.special("<|eot_id|>");
    assertThat(herd(
            "{\"id\":1,\"text\":\"<|eot_id|>\"}",
            "tokenize",
            "--model",
            file,
            "--special",
            "--in",
            "-"))
        .isEqualTo("{\"id\":1,\"ids\":[" + eot + "]}\n");
  }

  @Test
  void conversationsBecomeTexts() throws IOException {
    var row = "{\"id\": 1, \"messages\": [{\"role\": \"user\", \"content\": \"hi\"}],"
        + " \"add_generation_prompt\": true}\n{\"id\": 2, \"messages\": [{\"role\": 5}]}\n{\"id\": 3}";
    var rows =
        herd(row, "render", "--model", dir.toString(), "--in", "-").lines().toList();
    assertThat(rows.get(0))
        .isEqualTo("{\"id\":1,\"text\":\"<|begin_of_text|><|start_header_id|>user"
            + "<|end_header_id|>\\n\\nhi<|eot_id|><|start_header_id|>assistant"
            + "<|end_header_id|>\\n\\n\"}");
    assertThat(rows.get(1)).startsWith("{\"id\":2,\"error\":");
    assertThat(rows.get(2)).startsWith("{\"id\":3,\"error\":");
    var jinja = Files.writeString(
        dir.resolve("t.jinja"),
        "{{ bos_token }}{{ x }}{% if strftime_now is defined %}{{ strftime_now('%d %b %Y') }}"
            + "{% endif %}");
    assertThat(herd(
            "{\"id\":1,\"messages\":[],\"vars\":{\"x\":1}}\n"
                + "{\"id\":2,\"messages\":[],\"strftime_now_date\":\"2024-12-03\"}",
            "render",
            "--template",
            jinja.toString(),
            "--in",
            "-"))
        .isEqualTo("{\"id\":1,\"text\":\"<|begin_of_text|>1\"}\n"
            + "{\"id\":2,\"text\":\"<|begin_of_text|>03 Dec 2024\"}\n");
  }
}

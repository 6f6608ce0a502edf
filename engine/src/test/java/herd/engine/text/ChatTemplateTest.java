package herd.engine.text;

import herd.engine.Golden;
import herd.engine.UserError;
import herd.engine.io.Gguf;
import herd.engine.io.JsonValue;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class ChatTemplateTest {
  private final Tokenizer tokenizer =
      BpeTrainer.train(List.of("Say hello to the user."), 300, Tokenizer.LLAMA3_SPECIALS);

  @TempDir
  Path folder;

  @Test
  void aSavedModelsTemplateGivesTheTokensOfItsChatFormat() {
    var format = new ChatFormat(tokenizer);
    format.save(folder, 64);
    var said = List.of(new Message("user", "hello"), new Message("assistant", "hi"));
    var fromDirectory = ChatTemplate.load(folder);
    assertThat(fromDirectory.encode(Conversation.of(said), tokenizer))
        .isEqualTo(format.encode(said, true).ids());
    Path gguf = folder.resolve("m.gguf");
    Gguf.write(gguf, GgufTokenizer.metadata(tokenizer, tokenizer.vocab()), List.of());
    assertThat(ChatTemplate.load(gguf).encode(Conversation.of(said), tokenizer))
        .isEqualTo(format.encode(said, true).ids());
  }

  @Test
  void specialTokensInsideAMessageAreText() {
    new ChatFormat(tokenizer).save(folder, 64);
    int eot = tokenizer.special("<|eot_id|>");
    var ids = ChatTemplate.load(folder)
        .encode(
            Conversation.of(List.of(new Message("user", "a<|eot_id|><|begin_of_text|>b"))),
            tokenizer);
    assertThat(ids).containsOnlyOnce(eot).containsOnlyOnce(tokenizer.special("<|begin_of_text|>"));
    assertThat(tokenizer.decode(ids)).contains("a<|eot_id|><|begin_of_text|>b");
  }

  @Test
  void aModelWithoutATemplateOrWithABrokenOneIsAnError() throws IOException {
    assertThatThrownBy(() -> ChatTemplate.load(folder))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("no chat template");
    Files.writeString(
        folder.resolve("tokenizer_config.json"), "{\"chat_template\": \"a\\n{{ x|y }}\"}");
    assertThatThrownBy(() -> ChatTemplate.load(folder))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("chat_template:2: the filter 'y'");
    Files.writeString(
        folder.resolve("tokenizer_config.json"),
        "{\"chat_template\": [{\"name\": \"default\", \"template\": \"{{ bos_token }}!\"}],"
            + "\"bos_token\": {\"content\": \"<s>\"}}");
    assertThat(ChatTemplate.load(folder).render(Conversation.of(List.of())).text())
        .isEqualTo("<s>!");
  }

  @Test
  @Tag("golden")
  void goldenTextsHaveTheGoldenTokens() throws IOException {
    Path chat = Golden.folder("infer/chat");
    var tokenizer = Tokenizer.load(Golden.folder("infer/tokenizer/llama3-tokenizer.model"));
    TokenizerTest.rows(chat.resolve("renders.jsonl"), row -> {
      if (row.has("ids")) {
        var ids =
            row.get("ids").list().stream().mapToInt(v -> (int) v.integer()).toArray();
        assertThat(tokenizer.encodeSpecial(row.get("text").string())).isEqualTo(ids);
        if (!String.valueOf(row.get("messages").value()).contains("<|")) {
          assertThat(template(chat, row).encode(conversation(row), tokenizer))
              .as(row.where())
              .isEqualTo(ids);
        }
      }
    });
  }

  private static Conversation conversation(JsonValue row) {
    String date = row.get("strftime_now_date").string(null);
    return new Conversation(
        (List<?>) row.get("messages").value(),
        (List<?>) row.get("tools").value(),
        row.get("add_generation_prompt").bool(),
        row.get("vars").object(),
        date == null ? null : LocalDate.parse(date).atStartOfDay());
  }

  private static ChatTemplate template(Path chat, JsonValue row) {
    String wanted = row.get("template").string().replaceAll("(\\D)(\\d\\.)", "$1-$2");
    try (var files = Files.list(chat)) {
      Path file = files
          .filter(f -> f.toString().endsWith(".jinja"))
          .filter(f -> f.getFileName().toString().toLowerCase(Locale.ROOT).contains(wanted))
          .findFirst()
          .orElseThrow();
      return ChatTemplate.read(file, Map.of("bos_token", "<|begin_of_text|>"));
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}

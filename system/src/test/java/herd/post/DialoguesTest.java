package herd.post;

import herd.data.Doc;
import herd.engine.UserError;
import herd.engine.text.Message;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class DialoguesTest {
  private static final List<SourceMethod> METHODS = JavaMethods.of(Library.docs(24));
  private static final Dialogues SETTINGS = new Dialogues(100, 40, 60, 200);

  @Test
  void methodsComeFromCodeThatParses() {
    var docs = new ArrayList<>(Library.docs(2));
    var page = docs.getFirst();
    docs.add(new Doc("p", "p", "farm", "page", "org.farm.Page", "Page", page.text()));
    docs.add(new Doc("b", "b", "farm", "code", "org.farm.Bad", "Bad", "class Bad { int f( }"));
    Collections.reverse(docs);
    assertThat(JavaMethods.of(docs)).isEqualTo(JavaMethods.of(Library.docs(2))).hasSize(20);
    assertThat(METHODS).extracting(SourceMethod::id).contains("org.farm.Cow#addCow(int,String)");
    assertThat(METHODS).extracting(SourceMethod::group).contains("org.farm.CowOf2");
  }

  @Test
  void everyKindAsksAndAnswersAboutOneMethod() {
    var dialogues = SETTINGS.from(METHODS, 7);
    assertThat(count(dialogues, d -> d.kind().equals("describe"))).isBetween(90L, 100L);
    assertThat(count(dialogues, d -> d.kind().equals("find"))).isEqualTo(40);
    assertThat(count(dialogues, d -> d.kind().equals("complete"))).isEqualTo(60);
    for (var dialogue : dialogues) {
      assertThat(dialogue.turns()).extracting(Message::role).containsExactly("user", "assistant");
      var method = METHODS.stream()
          .filter(m -> dialogue.id().equals(dialogue.kind() + ":" + m.id()))
          .findFirst()
          .orElseThrow();
      String answer = dialogue.turns().getLast().content();
      switch (dialogue.kind()) {
        case "describe" -> assertThat(answer).isEqualTo(method.description());
        case "find" -> assertThat(answer).contains(method.type(), method.java().name());
        default -> assertThat(answer).startsWith("public ").endsWith("}").isEqualTo(method.code());
      }
      assertThat(dialogue.group()).isEqualTo(method.group());
    }
    assertThat(dialogues).extracting(d -> d.turns().getFirst().content()).doesNotHaveDuplicates();
    assertThat(dialogues).extracting(Dialogue::id).doesNotHaveDuplicates();
  }

  @Test
  void aSentenceOfManyClassesIsNeitherSoughtNorRepeated() {
    var dialogues = new Dialogues(1000, 1000, 1000, 200).from(METHODS, 7);
    Predicate<Dialogue> common = d -> d.id().endsWith("#toString()");
    assertThat(count(dialogues, common.and(d -> d.kind().equals("find")))).isZero();
    assertThat(count(dialogues, common.and(d -> d.kind().equals("describe")))).isEqualTo(2);
    assertThat(dialogues)
        .noneMatch(d -> d.id().startsWith("complete") && d.id().contains("nothing"));
  }

  @Test
  void theSeedAloneDecides() {
    var shuffled = new ArrayList<>(METHODS);
    Collections.shuffle(shuffled, new Random(3));
    var dialogues = SETTINGS.from(METHODS, 7);
    assertThat(SETTINGS.from(shuffled, 7)).isEqualTo(dialogues);
    assertThat(SETTINGS.from(METHODS, 8)).isNotEqualTo(dialogues);
  }

  @Test
  void filesKeepDialoguesAndNameTheLineThatIsWrong(@TempDir Path folder) throws IOException {
    var file = folder.resolve("dialogues.jsonl");
    var odd = new Dialogue(
        "ö\u0000",
        "k",
        "",
        List.of(new Message("user", "a\n\"b\" 🐄"), new Message("assistant", "")));
    var dialogues = new ArrayList<>(SETTINGS.from(METHODS, 7));
    dialogues.add(odd);
    Dialogue.write(file, dialogues);
    assertThat(Dialogue.read(file)).isEqualTo(dialogues);

    Files.writeString(file, "{\"messages\":[]}\n\n{\"messages\":[{\"role\":\"user\"}]}\n");
    assertThatThrownBy(() -> Dialogue.read(file))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("dialogues.jsonl line 3")
        .hasMessageContaining("content");
    Files.write(file, new byte[] {'{', '"', (byte) 0xff, '"', '}'});
    assertThatThrownBy(() -> Dialogue.read(file)).isInstanceOf(UserError.class);
    assertThatThrownBy(() -> Dialogue.read(folder.resolve("none")))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("none");
  }

  private static long count(List<Dialogue> dialogues, Predicate<Dialogue> which) {
    return dialogues.stream().filter(which).count();
  }
}

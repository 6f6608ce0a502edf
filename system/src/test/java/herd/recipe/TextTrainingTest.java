package herd.recipe;

import herd.engine.UserError;
import herd.engine.kernel.KernelChoice;
import herd.engine.model.Llama;
import herd.engine.model.LlamaConfig;
import herd.engine.tensor.DType;
import herd.engine.tensor.Workers;
import herd.engine.text.BpeTrainer;
import herd.engine.text.Tokenizer;
import herd.eval.Exam;
import herd.run.Progress;
import herd.run.Workspace;
import herd.train.Schedule;
import herd.train.course.TrainOptions;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.node.JsonNodeFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/// Annealing as a judge tells good texts from bad ones.
class TextTrainingTest {
  @TempDir
  private Path folder;

  private Path texts(String name, int documents, int words) throws IOException {
    var random = new Random(name.hashCode());
    var text = new StringBuilder();
    for (int d = 0; d < documents; d++) {
      var line = new StringBuilder();
      for (int w = 0; w < 60; w++) {
        line.append("w").append((char) ('a' + random.nextInt(words))).append(' ');
      }
      text.append("{\"text\": \"").append(line).append("\"}\n");
    }
    return Files.writeString(folder.resolve(name), text);
  }

  private Workspace workspace(String name) throws IOException {
    return new Workspace(
        Files.createDirectories(folder.resolve(name)),
        Files.createDirectories(folder.resolve(name + ".scratch")),
        JsonNodeFactory.instance.objectNode(),
        Progress.NONE,
        1);
  }

  @Test
  void theCandidatesShareMakesItsOwnTextsLikelier() throws IOException {
    var candidate = texts("candidate.jsonl", 200, 3);
    var usual = texts("usual.jsonl", 200, 20);
    var tokenizer = BpeTrainer.train(
        List.of(Files.readString(candidate), Files.readString(usual)),
        560,
        Tokenizer.LLAMA3_SPECIALS);
    var config =
        new LlamaConfig(tokenizer.vocab(), 32, 2, 4, 2, 8, 64, 10_000, null, 1e-5, true, 64);
    try (var arena = Arena.ofShared();
        var workers = new Workers(1)) {
      var work = Files.createDirectories(folder.resolve("work"));
      var corpus = TextCorpus.read(List.of(candidate, usual), tokenizer, 10, work, arena);
      assertThat(corpus.holdout().get("candidate")).hasSize(20);
      var training = new TextTraining(
          40 * 512,
          512,
          64,
          new Schedule.LinearToZero(5e-3, 40),
          TrainOptions.DEFAULTS,
          KernelChoice.best(workers));
      var model = Llama.random(arena, DType.F32, config, 2);
      // Which of two lines of words the candidate's texts have, asked ten times.
      var asked = IntStream.range(0, 10)
          .mapToObj(i -> new Exam.ChoiceItem(
              "q" + i,
              "Which words " + (char) ('a' + i) + "?",
              "Which words?",
              List.of("wa wb wc wa wb", "wq wr ws wt wp"),
              i % 2))
          .toList();
      var judgement = training.judge(
          model, tokenizer, corpus, 0.3, asked, workspace("control"), workspace("with"));
      var choice = judgement.choice();
      assertThat(choice.questions()).isEqualTo(10);
      assertThat(choice.difference())
          .isBetween(choice.low(), choice.high())
          .isEqualTo(choice.candidate() - choice.control());
      var found = judgement.bits();
      assertThat(found.keySet()).containsExactly("candidate", "usual");
      assertThat(found.get("candidate").high()).isNegative();
      assertThat(found.get("candidate").outside()).isTrue();
      assertThat(found.get("candidate").difference())
          .isBetween(found.get("candidate").low(), found.get("candidate").high());
      assertThatThrownBy(() -> training.judge(
              model, tokenizer, corpus, 1, List.of(), workspace("control"), workspace("with")))
          .isInstanceOf(UserError.class);
    }
  }

  @Test
  void plainTextIsCutAtEmptyLinesAndTooLittleIsRefused() throws IOException {
    var tokenizer = BpeTrainer.train(List.of("a b c"), 520, Tokenizer.LLAMA3_SPECIALS);
    var text =
        Files.writeString(folder.resolve("t.txt"), ("word ".repeat(500) + "\n\n").repeat(20));
    try (var arena = Arena.ofConfined()) {
      var corpus = TextCorpus.read(List.of(text), tokenizer, 5, folder, arena);
      assertThat(corpus.sources().getFirst().shards().getFirst().documents()).isEqualTo(16);
      var little = Files.writeString(folder.resolve("little.txt"), "one\n\ntwo");
      assertThatThrownBy(() -> TextCorpus.read(List.of(little), tokenizer, 5, folder, arena))
          .isInstanceOf(UserError.class)
          .hasMessageContaining("Give more text");
    }
  }
}

package herd.bench;

import herd.engine.model.Llama;
import herd.engine.model.LlamaConfig;
import herd.engine.tensor.DType;
import herd.engine.text.BpeTrainer;
import herd.engine.text.Tokenizer;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.lang.foreign.Arena;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jetbrains.kotlin.cli.common.ExitCode;
import org.jetbrains.kotlin.cli.jvm.K2JVMCompiler;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/// The Kotlin example of the guide, compiled and run.
class KotlinExampleTest {
  @TempDir
  Path folder;

  @Test
  void exampleOfTheGuideCompilesAndRuns() throws Exception {
    var guide = Files.readString(Path.of("../docs/guide-engine.md"));
    int from = guide.indexOf("```kotlin\n") + 10;
    var program = Files.writeString(
        folder.resolve("Ask.kt"), guide.substring(from, guide.indexOf("```", from)));
    var said = new ByteArrayOutputStream();
    var code = new K2JVMCompiler()
        .exec(
            new PrintStream(said, true, StandardCharsets.UTF_8),
            "-classpath",
            System.getProperty("java.class.path"),
            "-no-stdlib",
            "-no-reflect",
            "-d",
            folder.toString(),
            program.toString());
    assertThat(code).as(said.toString(StandardCharsets.UTF_8)).isEqualTo(ExitCode.OK);
    var tokenizer =
        BpeTrainer.train(List.of("the cat sat on the mat"), 280, Tokenizer.LLAMA3_SPECIALS);
    var config =
        new LlamaConfig(tokenizer.vocab(), 32, 2, 4, 2, 8, 64, 500_000, null, 1e-5, true, 96);
    try (var arena = Arena.ofShared()) {
      Llama.random(arena, DType.F32, config, 5).save(folder);
    }
    tokenizer.save(folder.resolve("tokenizer.json"));
    var out = new ByteArrayOutputStream();
    var before = System.out;
    try (var loader = new URLClassLoader(new URL[] {folder.toUri().toURL()})) {
      System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
      loader.loadClass("AskKt").getMethod("main", String[].class).invoke(null, (Object)
          new String[] {folder.toString(), "the cat"});
    } finally {
      System.setOut(before);
    }
    assertThat(out.toString(StandardCharsets.UTF_8)).matches("(?s).*\\[(LENGTH|STOP), \\d+]\\s+");
  }
}

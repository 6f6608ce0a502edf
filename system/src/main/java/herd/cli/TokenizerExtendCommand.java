package herd.cli;

import herd.data.text.CorpusReader;
import herd.data.text.TextFiles;
import herd.engine.UserError;
import herd.engine.text.BpeTrainer;
import herd.engine.text.Tokenizer;
import herd.run.Disk;
import herd.run.Progress;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.LongAdder;
import java.util.zip.ZipFile;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import tools.jackson.databind.node.JsonNodeFactory;

@Command(
    name = "extend",
    description = "Add entries to a vocabulary, learned on texts that it cuts badly.",
    footer = {
      "",
      "Tokens of the base keep their ids and merge first; new ones follow. Llama 3's way, from the",
      "ranks of cl100k (100,256 tokens) to 128,256 entries:",
      "  herd pull maven:com.knuddels:jtokkit:1.1.0",
      "  herd tokenizer extend --base JAR!/com/knuddels/jtokkit/cl100k_base.tiktoken \\",
      "    --in german/ --in hindi/ --vocab-size 128256 --out mine --measure de=de.txt hi=hi.txt"
    })
final class TokenizerExtendCommand implements Runnable {
  @ParentCommand
  private TokenizerCommand parent;

  @Mixin
  private CorpusOptions corpus;

  @Option(
      names = "--base",
      required = true,
      paramLabel = "FILE",
      description = {
        "The vocabulary: a tokenizer.json, a rank file (.model, .tiktoken), a model folder, or a",
        "file in a jar (JAR!/PATH)."
      })
  private String base;

  @Option(
      names = "--vocab-size",
      required = true,
      paramLabel = "N",
      description = "Entries in the end, special tokens included.")
  private int vocab;

  @Option(
      names = "--keep-special-ids",
      description = "Special tokens keep their ids too (for a model that has been trained).")
  private boolean keep;

  @Option(
      names = "--measure",
      paramLabel = "NAME=FILE",
      arity = "1..*",
      description = "Texts, not among --in, to measure before and after, such as de=german.txt.")
  private List<String> measure = new ArrayList<>();

  @Mixin
  private Shown.Help help;

  /// Characters per token of some texts.
  private record Measured(String name, long characters, long before, long after) {}

  @Override
  public void run() {
    for (String one : measure) {
      if (one.indexOf('=') < 1 || one.endsWith("=")) {
        throw new UserError("--measure", one, "NAME=FILE such as de=german.txt", "Correct it.");
      }
      TextFiles.of(List.of(one.substring(one.indexOf('=') + 1)));
    }
    var old = base();
    corpus.learn(
        parent.herd(),
        (threads, memory, folder) -> BpeTrainer.of(old, threads, memory, folder),
        (trainer, progress) -> trainer.extend(old, vocab, keep, progress),
        vocab,
        result -> measured(old, result.tokenizer()));
  }

  private Tokenizer base() {
    int inside = base.indexOf("!/");
    if (inside < 0) {
      return Tokenizer.load(Path.of(base));
    }
    var jar = Path.of(base.substring(0, inside));
    String name = base.substring(inside + 2);
    Path copy = null;
    try (var files = new ZipFile(jar.toFile())) {
      var entry = files.getEntry(name);
      if (entry == null) {
        throw new UserError(base, "no such file in the jar", "Check the path in it.");
      }
      String ending = name.substring(name.lastIndexOf('/') + 1);
      copy = Files.createTempFile("herd-base", ending);
      try (var in = files.getInputStream(entry)) {
        Files.copy(in, copy, StandardCopyOption.REPLACE_EXISTING);
      }
      return Tokenizer.load(copy);
    } catch (IOException e) {
      throw new UserError(
          base, "cannot be read (" + e.getMessage() + ")", "JAR!/PATH", "Check the jar.");
    } finally {
      if (copy != null) {
        Disk.delete(copy);
      }
    }
  }

  private CorpusOptions.More measured(Tokenizer old, Tokenizer made) {
    var all = new ArrayList<Measured>();
    for (String one : measure) {
      int cut = one.indexOf('=');
      all.add(measured(one.substring(0, cut), one.substring(cut + 1), old, made));
    }
    var json = JsonNodeFactory.instance.objectNode();
    json.put("base", base);
    json.put("newTokens", made.vocab() - old.vocab());
    var list = json.putArray("compression");
    var lines = new ArrayList<String>();
    for (var m : all) {
      double before = (double) m.characters / m.before;
      double after = (double) m.characters / m.after;
      lines.add(String.format(
          Locale.ROOT,
          "%-8s %.3f -> %.3f characters per token (%+.1f%%)",
          m.name,
          before,
          after,
          100 * (after / before - 1)));
      list.addObject()
          .put("name", m.name)
          .put("characters", m.characters)
          .put("tokensBefore", m.before)
          .put("tokensAfter", m.after)
          .put("charactersPerTokenBefore", round(before))
          .put("charactersPerTokenAfter", round(after));
    }
    return new CorpusOptions.More(json, lines);
  }

  private static double round(double value) {
    return Math.round(value * 10_000) / 10_000.0;
  }

  private static Measured measured(String name, String files, Tokenizer old, Tokenizer made) {
    var before = new LongAdder();
    var after = new LongAdder();
    var reader = new CorpusReader(TextFiles.of(List.of(files)), "text", true, 1);
    var totals = reader.each(
        new CorpusReader.Sink() {
          @Override
          public void take(byte[] utf8, int from, int to) {
            String text = new String(utf8, from, to - from, StandardCharsets.UTF_8);
            before.add(old.encode(text).length);
            after.add(made.encode(text).length);
          }

          @Override
          public int cut(byte[] utf8, int from, int to) {
            return to;
          }
        },
        Progress.NONE);
    if (totals.characters() == 0) {
      throw new UserError("--measure", name + " has no text", "text", "Check the file.");
    }
    return new Measured(name, totals.characters(), before.sum(), after.sum());
  }
}

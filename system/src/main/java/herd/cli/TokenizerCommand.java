package herd.cli;

import herd.engine.UserError;
import herd.engine.text.BpeTrainer;
import herd.engine.text.Tokenizer;
import herd.run.Disk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

@Command(
    name = "tokenizer",
    description = "Train tokenizers.",
    footer = {"", "Example: herd tokenizer train --vocab 4096 --out tokenizer.json texts/"})
final class TokenizerCommand implements Runnable {
  @ParentCommand
  private Main herd;

  @Spec
  private CommandLine.Model.CommandSpec spec;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help.")
  private boolean help;

  @Override
  public void run() {
    spec.commandLine().usage(herd.out());
  }

  @Command(
      name = "train",
      description = "Train a byte-level BPE tokenizer on text files.",
      footer = {"", "Example: herd tokenizer train --vocab 4096 --out tokenizer.json texts/"})
  void train(
      @Option(
              names = "--vocab",
              paramLabel = "N",
              defaultValue = "4096",
              description = "Entries, special tokens included (${DEFAULT-VALUE}).")
          int vocab,
      @Option(
              names = "--out",
              required = true,
              paramLabel = "FILE",
              description = "The tokenizer.json to write.")
          Path out,
      @Parameters(
              arity = "1..*",
              paramLabel = "FILE",
              description = "UTF-8 text files, or directories of them.")
          List<Path> files,
      @Option(
              names = {"-h", "--help"},
              usageHelp = true,
              description = "Show this help.")
          boolean train) {
    var texts = new ArrayList<String>();
    files.forEach(file -> read(file, texts));
    var tokenizer = BpeTrainer.train(texts, vocab, Tokenizer.LLAMA3_SPECIALS);
    tokenizer.save(out);
    herd.out().printf(Locale.ROOT, "%s: %,d entries%n", out, tokenizer.vocab());
  }

  private static void read(Path path, List<String> to) {
    try (var walk = Files.walk(path)) {
      for (var file : (Iterable<Path>) walk.filter(Files::isRegularFile).sorted()::iterator) {
        try {
          var bytes = ByteBuffer.wrap(Files.readAllBytes(file));
          to.add(StandardCharsets.UTF_8.newDecoder().decode(bytes).toString());
        } catch (CharacterCodingException _) {
          throw new UserError(file.toString(), "not UTF-8", "UTF-8 text", "Convert or remove it.");
        }
      }
    } catch (java.nio.file.NoSuchFileException e) {
      throw new UserError(e.getFile(), "no such file", "Check the path.");
    } catch (IOException e) {
      throw Disk.trouble(e, path);
    }
  }
}

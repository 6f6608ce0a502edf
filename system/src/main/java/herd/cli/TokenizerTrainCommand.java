package herd.cli;

import herd.engine.UserError;
import herd.engine.text.BpeTrainer;
import herd.engine.text.Tokenizer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

@Command(
    name = "train",
    description = "Train a byte-level BPE tokenizer with the split pattern of Llama 3.",
    footer = {
      "",
      "The same texts give the same tokenizer, whatever their order and the number of threads.",
      "Example: herd tokenizer train --in texts/ --in 'more/*.jsonl.zst' --vocab-size 32768 --out"
          + " mine"
    })
final class TokenizerTrainCommand implements Runnable {
  @ParentCommand
  private TokenizerCommand parent;

  @Mixin
  private CorpusOptions corpus;

  @Option(
      names = {"--vocab-size", "--vocab"},
      paramLabel = "N",
      defaultValue = "4096",
      description = "Entries, special tokens included (${DEFAULT-VALUE}).")
  private int vocab;

  @Option(
      names = "--special",
      paramLabel = "NAME",
      arity = "1..*",
      description = "Names of special tokens instead of Llama 3's seven.")
  private List<String> specials;

  @Option(names = "--no-special", description = "No special tokens.")
  private boolean noSpecials;

  @Parameters(arity = "0..*", paramLabel = "FILE", description = "As --in.")
  private List<String> files;

  @Mixin
  private Shown.Help help;

  @Override
  public void run() {
    var names =
        noSpecials ? List.<String>of() : specials == null ? Tokenizer.LLAMA3_SPECIALS : specials;
    if (noSpecials && specials != null) {
      throw new UserError("--no-special", "given with --special", "Give one of both.");
    }
    BpeTrainer.checkRoom(vocab, names);
    corpus.also(files == null ? new ArrayList<>() : files);
    corpus.learn(
        parent.herd(),
        BpeTrainer::new,
        (trainer, progress) -> trainer.learn(vocab, names, progress),
        vocab,
        _ -> CorpusOptions.More.NOTHING);
  }

  /// Where the tokenizer goes: a folder, or a file that ends in `.json`.
  static Path file(Path out) {
    return out.toString().endsWith(".json") ? out : out.resolve("tokenizer.json");
  }
}

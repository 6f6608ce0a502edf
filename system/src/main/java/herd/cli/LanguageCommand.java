package herd.cli;

import herd.data.fasttext.FastText;
import herd.pull.Cache;
import herd.pull.ClassifierFile;
import herd.pull.Pull;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

@Command(
    name = "language",
    description = "Say which language texts are in, by a fastText model.",
    footer = {
      "",
      "Rows are {\"id\", \"text\"}; answers {\"id\", \"label\", \"probability\"}.",
      "Example: herd language --in texts.jsonl --out languages.jsonl"
    })
final class LanguageCommand implements Runnable {
  @ParentCommand
  private Main herd;

  @Option(
      names = "--model",
      defaultValue = ClassifierFile.LANGUAGES,
      paramLabel = "FILE",
      description = "A .bin or .ftz file. Default: ${DEFAULT-VALUE}, fetched on first use.")
  private String model;

  @Mixin
  private FasttextPredictCommand.Rows rows;

  @Mixin
  private Shown shown;

  @Override
  public void run() {
    var pull = new Pull(Cache.ofUser(herd.environment()), herd.environment());
    var file = ClassifierFile.find(model, pull, Says.aside(herd, Stop.listen(herd.err())));
    rows.answer(herd, FastText.read(file));
  }
}

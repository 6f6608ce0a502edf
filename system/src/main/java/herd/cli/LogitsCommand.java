package herd.cli;

import herd.engine.UserError;
import herd.engine.score.TopLogits;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

@Command(
    name = "logits",
    description = {
      "Print the largest logits after each token of given sequences.",
      "In: {\"id\",\"ids\"} a line. Out: {\"id\",\"positions\":[{\"position\",\"ids\",\"logits\"}]}."
    },
    footer = {"", "Example: herd logits --model runs/tiny --in rows.jsonl --top 5 --positions -1"})
final class LogitsCommand implements Runnable {
  private static final Pattern POSITIONS = Pattern.compile("(-?\\d{1,9})(?::(-?\\d{1,9}))?");

  @ParentCommand
  private Main herd;

  @Mixin
  private AskedModel asked;

  @Mixin
  private RowsIn in;

  @Option(
      names = "--top",
      paramLabel = "K",
      defaultValue = "20",
      description = "How many logits of each position (${DEFAULT-VALUE}).")
  private int top;

  @Option(
      names = "--positions",
      paramLabel = "LIST",
      split = ",",
      description = "Which positions: numbers from 0, from the end as -1, ranges as 0:256 (without"
          + " its end); else all.")
  private List<String> positions = List.of();

  @Override
  public void run() {
    if (top < 1) {
      throw new UserError("--top", "" + top, "1 or more", "Ask for some.");
    }
    positions.forEach(LogitsCommand::range);
    var options = asked.kernels(herd);
    try (var arena = Arena.ofShared();
        var workers = options.workers()) { // a model without a tokenizer will do
      var llama = LoadedModel.llama(asked.place(herd), arena, options.packer(workers));
      try (var logits = new TopLogits(llama, options.kernels(workers))) {
        JsonLines.each(herd, in.file, row -> answer(logits, JsonLines.ids(row, "ids")));
      }
    }
  }

  private ObjectNode answer(TopLogits logits, int[] ids) {
    var out = JsonNodeFactory.instance.objectNode();
    var list = out.putArray("positions");
    for (var at : logits.of(ids, wanted(ids.length), top)) {
      var entry = list.addObject().put("position", at.position());
      var entryIds = entry.putArray("ids");
      var values = entry.putArray("logits");
      for (int i = 0; i < at.ids().length; i++) {
        entryIds.add(at.ids()[i]);
        values.add(at.logits()[i]);
      }
    }
    return out;
  }

  private int[] wanted(int length) {
    if (positions.isEmpty()) {
      return null;
    }
    var wanted = new ArrayList<Integer>();
    for (var text : positions) {
      int[] range = range(text);
      int from = range[0] < 0 ? range[0] + length : range[0];
      int to = range.length == 1 ? from + 1 : range[1] < 0 ? range[1] + length : range[1];
      for (int at = from; at < Math.min(to, length + 1); at++) {
        wanted.add(at);
      }
    }
    return wanted.stream().mapToInt(at -> at).toArray();
  }

  private static int[] range(String text) {
    var parts = POSITIONS.matcher(text.strip());
    if (!parts.matches()) {
      throw new UserError("--positions", text, "numbers and ranges as 0,-1,16:32", "Correct it.");
    }
    int from = Integer.parseInt(parts.group(1));
    return parts.group(2) == null
        ? new int[] {from}
        : new int[] {from, Integer.parseInt(parts.group(2))};
  }
}

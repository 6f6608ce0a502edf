package herd.cli;

import herd.engine.UserError;
import java.math.BigDecimal;
import java.util.Locale;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.TypeConversionException;

@Command(
    name = "data",
    description = "Make token shards of documents, and see what a mix of them gives.",
    subcommands = {DataTokenizeCommand.class, DataMixCommand.class},
    footer = {
      "",
      "Example: herd data tokenize --in clean --tokenizer my-model --out tokens/general",
      "         herd data mix --in tokens --tokens 10B"
    })
final class DataCommand implements Runnable {
  @ParentCommand
  private Main herd;

  @Mixin
  private Shown.Group group;

  Main herd() {
    return herd;
  }

  @Override
  public void run() {
    group.show(herd);
  }

  /// A number of tokens: `500M`, `10B` or `10G` (both 10^10), `15T`, `1.5e9`.
  static final class Amount implements ITypeConverter<Long> {
    private static final Pattern FORM =
        Pattern.compile("(\\d{1,19}(?:\\.\\d{1,9})?(?:[eE]\\d{1,2})?)([kKmMgGbBtT]?)");

    static long of(String where, String text) {
      var match = FORM.matcher(text.replace("_", ""));
      if (match.matches()) {
        int zeros =
            switch (match.group(2).toUpperCase(Locale.ROOT)) {
              case "K" -> 3;
              case "M" -> 6;
              case "G", "B" -> 9;
              case "T" -> 12;
              default -> 0;
            };
        var value = new BigDecimal(match.group(1)).scaleByPowerOfTen(zeros);
        if (value.compareTo(MOST) <= 0) {
          return value.longValue();
        }
      }
      throw new UserError(
          where, text, "a number up to 1e18 such as 500M, 10B or 15T", "Correct it.");
    }

    private static final BigDecimal MOST = new BigDecimal("1e18");

    @Override
    public Long convert(String text) {
      try {
        return of(text, text);
      } catch (UserError e) {
        throw new TypeConversionException(text + " is no number such as 500M, 10B or 15T");
      }
    }
  }
}

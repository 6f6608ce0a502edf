package herd.tokens;

import herd.data.Holdout;
import herd.data.source.Loaded;
import herd.engine.UserError;
import java.util.Locale;

/// Into which source a document goes, and whether it is held out.
/// @param name of the source of all documents
/// @param by what names the source of each document instead: `kind`, `source`, `language` or a name
///     in the metadata; empty for one source
/// @param heldOut share of documents, by hash of their group, that no training sees; 0 for none
public record Sorting(String name, String by, double heldOut) {
  private static final int LONGEST = 64;
  private static final long SEED = 1;

  public Sorting {
    if (!(heldOut >= 0 && heldOut <= 0.5)) {
      throw new UserError("--holdout", "" + heldOut, "0 to 0.5", "The usual is 0.001.");
    }
    if (!folder(name).equals(name)) {
      throw new UserError(
          "--name", "'" + name + "'", "letters, digits, '-', '_' and '.'", "Try " + folder(name));
    }
  }

  /// The source of a document.
  String source(Loaded.Document document) {
    if (by.isEmpty()) {
      return name;
    }
    return folder(
        switch (by) {
          case "kind" -> document.kind();
          case "source" -> document.source();
          case "language" -> document.language();
          default -> document.metadata().getOrDefault(by, "");
        });
  }

  boolean holds(Loaded.Document document) {
    return heldOut > 0 && new Holdout(heldOut).holds(document.group(), SEED);
  }

  /// Where the shards of a source go: beside the index, or in a folder of their own.
  String place(String source) {
    return by.isEmpty() ? "" : source + "/";
  }

  /// A value as the name of a source and a folder: small letters, digits, `-`, `_`, `.`.
  public static String folder(String value) {
    var plain = value.toLowerCase(Locale.ROOT).replaceAll("[^\\p{L}\\d._-]+", "-");
    plain = plain.replaceAll("^[.-]+|[.-]+$", "");
    plain = plain.length() > LONGEST ? plain.substring(0, LONGEST) : plain;
    return plain.isEmpty() ? "none" : plain;
  }
}

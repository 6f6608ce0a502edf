package herd.data;

import herd.data.pii.Found;
import herd.data.pii.PersonalData;
import herd.engine.UserError;
import herd.run.About;
import herd.run.Default;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;

/// Masks personal data, and drops documents that are full of it (Llama 3 paper, section 3.1.1).
/// How many findings a document had stands in its metadata, for [UnsafeDomains].
/// @param kinds what is looked for
/// @param regions countries whose telephone numbers are also found without the country's prefix
/// @param maxPerThousand findings in a thousand words, more of which drop a document
/// @param mask whether findings are replaced in documents that stay
/// @param masks what replaces them, by kind, where the defaults do not please
@About("mask personal data, drop documents full of it")
public record Pii(
    @About("what is looked for") @Default("[email, ip, phone, iban, card, national-id]")
    List<Found.Kind> kinds,

    @About("countries whose phone numbers are found without +") @Default("[]")
    List<String> regions,

    @About("findings in 1000 words, more of which drop a document") @Default("20")
    double maxPerThousand,

    @About("whether findings are replaced") @Default("true") boolean mask,

    @About("what replaces them, by kind") @Default("{}") Map<String, String> masks)
    implements DocumentStep {
  /// Where the number of findings stands in a document's metadata.
  static final String FOUND = "pii";

  /// Findings that a document may have whatever its length: an address at the end of a letter.
  private static final int FEW = 3;

  public Pii {
    kinds = List.copyOf(kinds);
    regions = List.copyOf(regions);
    masks = Map.copyOf(masks);
    if (kinds.isEmpty()) {
      throw new UserError("kinds", "none", "at least one", "Leave the step out instead.");
    }
    if (!(maxPerThousand >= 0)) {
      throw new UserError("maxPerThousand", "" + maxPerThousand, "0 or more", "The usual is 20.");
    }
    var names = new ArrayList<String>();
    for (var kind : Found.Kind.values()) {
      names.add(name(kind));
    }
    for (var key : masks.keySet()) {
      if (!names.contains(key)) {
        throw new UserError("masks", key, String.join(", ", names), "Choose one of these.");
      }
    }
  }

  private static String name(Found.Kind kind) {
    return switch (kind) {
      case EMAIL -> "email";
      case IP -> "ip";
      case PHONE -> "phone";
      case IBAN -> "iban";
      case CARD -> "card";
      case NATIONAL_ID -> "national-id";
    };
  }

  /// Addresses that belong to nobody, and words in brackets for what has no such.
  private String mask(Found.Kind kind) {
    var own = masks.get(name(kind));
    if (own != null) {
      return own;
    }
    return switch (kind) {
      case EMAIL -> "email@example.com";
      case IP -> "192.0.2.1";
      case PHONE, IBAN, CARD, NATIONAL_ID -> "[" + name(kind) + "]";
    };
  }

  @Override
  public Judge ready() {
    var data = new PersonalData(EnumSet.copyOf(kinds), regions);
    return doc -> judge(doc, data);
  }

  @Override
  public Verdict judge(Doc doc) {
    return ready().judge(doc);
  }

  private Verdict judge(Doc doc, PersonalData data) {
    var text = doc.text();
    var all = data.in(text);
    if (all.isEmpty()) {
      return new Verdict.Keep(doc);
    }
    if (all.size() > FEW && all.size() * 1000L > maxPerThousand * words(text)) {
      return new Verdict.Drop("much-personal-data");
    }
    var noted = doc.with(FOUND, Integer.toString(all.size()));
    if (!mask) {
      return new Verdict.Keep(noted);
    }
    var masked = new StringBuilder(text.length());
    int done = 0;
    for (var found : all) {
      masked.append(text, done, found.from()).append(mask(found.kind()));
      done = found.to();
    }
    return new Verdict.Keep(
        noted.withText(masked.append(text, done, text.length()).toString()));
  }

  private static long words(String text) {
    long words = 0;
    boolean blank = true;
    for (int i = 0; i < text.length(); i++) {
      boolean now = text.charAt(i) <= ' ' || Character.isWhitespace(text.charAt(i));
      words += blank && !now ? 1 : 0;
      blank = now;
    }
    return words;
  }
}

package herd.data.code;

import java.util.StringTokenizer;
import java.util.regex.Pattern;

/// What makes source code the same as other source code: no comments, and none of the lines
/// that name packages and imports. Literals stay: tables of messages in two languages differ in
/// nothing else.
public final class BareCode {
  private static final Pattern NAMING = Pattern.compile(
      "(?m)^[ \\t]*(?:import|package|using|use|#[ \\t]*include|require|from[ \\t]+[\\w.]+[ \\t]+import)\\b[^\\n]*$");

  /// Code of fewer words is the same as other code too soon.
  private static final int FEW = 40;

  private BareCode() {}

  /// What is left of a text; the whole text where that is little.
  public static String of(String text, Language language) {
    var bare = new StringBuilder(text.length());
    CodeSpans.each(text, language, (kind, from, to) -> {
      if (kind != CodeSpans.Kind.COMMENT) {
        bare.append(text, from, to);
      }
      bare.append(' ');
    });
    var rest = NAMING.matcher(bare).replaceAll("");
    return new StringTokenizer(rest).countTokens() < FEW ? text : rest;
  }
}

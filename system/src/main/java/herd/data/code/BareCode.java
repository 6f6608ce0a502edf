package herd.data.code;

import java.util.regex.Pattern;

/// What makes source code the same as other source code: no comments, no literals, none of the
/// lines
/// that name packages and imports.
public final class BareCode {
  private static final Pattern NAMING = Pattern.compile(
      "(?m)^[ \\t]*(?:import|package|using|use|#[ \\t]*include|require|from[ \\t]+[\\w.]+[ \\t]+import)\\b[^\\n]*$");

  private BareCode() {}

  /// The rest of a text.
  public static String of(String text, Language language) {
    var bare = new StringBuilder(text.length());
    CodeSpans.each(text, language, (kind, from, to) -> {
      if (kind == CodeSpans.Kind.CODE) {
        bare.append(text, from, to);
      } else {
        bare.append(' ');
      }
    });
    return NAMING.matcher(bare).replaceAll("");
  }
}

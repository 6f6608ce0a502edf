package herd.data.code;

/// A language of files.
/// @param name in small letters, `java`, `c++`, `visual-basic`
/// @param type what its files are for
/// @param style how its comments and literals are written
public record Language(String name, Type type, Style style) {
  /// What files are for.
  public enum Type {
    /// They say what a machine does.
    PROGRAMMING,
    /// They say how something looks.
    MARKUP,
    /// They hold facts.
    DATA,
    /// They are read by people.
    PROSE
  }

  /// How comments and literals are written.
  public enum Style {
    /// `//` and `/* */`; literals in `"`, `'`, and Java's `"""`.
    SLASH("//"),
    /// As [#SLASH], and literals in back quotes that span lines.
    SLASH_BACK_QUOTES("//"),
    /// As [#SLASH], but `'` is no quote when it stands for a lifetime.
    RUST("//"),
    /// `#`; literals in `"` and `'`.
    HASH("#"),
    /// `#`; literals also in three quotes.
    PYTHON("#"),
    /// `#` and `//` and `/* */`.
    PHP("//"),
    /// `--`, and `/* */` in SQL.
    DASHES("--"),
    /// `%`.
    PERCENT("%"),
    /// `;`; literals in `"` alone.
    SEMICOLON(";"),
    /// `!`.
    EXCLAMATION("!"),
    /// `'`; literals in `"` alone.
    QUOTE("'"),
    /// `/* */` alone.
    STARS("/*"),
    /// `(* *)`; literals in `"` alone.
    PARENTHESES("(*"),
    /// `<!-- -->`.
    ANGLES("<!--"),
    /// None that are known.
    NONE("#");

    private final String opening;

    Style(String opening) {
      this.opening = opening;
    }

    /// A line that is a comment.
    /// @param line without line breaks
    public String comment(String line) {
      return switch (this) {
        case STARS -> "/* " + line + " */";
        case PARENTHESES -> "(* " + line + " *)";
        case ANGLES -> "<!-- " + line + " -->";
        default -> opening + " " + line;
      };
    }
  }

  /// Whether people read its files.
  public boolean isProse() {
    return type == Type.PROSE;
  }
}

package herd.engine.text;

/// How a tokenizer cuts text into the pieces inside which tokens are merged.
enum Split {
  /// Llama 3's pattern: numbers in threes.
  LLAMA3,
  /// Qwen 2's and 3's: Llama 3's, but every digit alone.
  QWEN2,
  /// GPT-2's.
  GPT2,
  /// SmolLM's: every digit alone, GPT-2's pattern between them.
  SMOLLM,
  /// Not at all: SentencePiece-style tokenizers merge across words.
  WHOLE;

  /// The pattern of Qwen 2.
  static final String QWEN2_PATTERN = Llama3Splitter.PATTERN.replace("{1,3}", "");

  private static final byte OTHER = 0;
  private static final byte NUMBER = 2;
  private static final byte SPACE = 3;

  /// The end of the piece that starts at `at` in valid UTF-8; `at < to`.
  int end(byte[] utf8, int at, int to) {
    return switch (this) {
      case LLAMA3 -> Llama3Splitter.end(utf8, at, to);
      case QWEN2 ->
        Llama3Splitter.kind(utf8, at) == NUMBER
            ? at + Llama3Splitter.width(utf8[at])
            : Llama3Splitter.end(utf8, at, to);
      case GPT2 -> gpt2(utf8, at, to, false);
      case SMOLLM -> gpt2(utf8, at, to, true);
      case WHOLE -> to;
    };
  }

  /// The last place in `utf8[from..to)`, valid UTF-8, where a text can be cut in two without
  /// changing its pieces, `from` if there is none: after a letter or a number that something
  /// else follows; with Llama 3's pattern also after a line break before a word.
  int cut(byte[] utf8, int from, int to) {
    boolean breaks = this == LLAMA3 || this == QWEN2;
    int at = to;
    byte after = -1; // the kind of the character from `at` on
    while (at > from) {
      int start = at - 1;
      while (start > from && (utf8[start] & 0xC0) == 0x80) {
        start--;
      }
      byte kind = Llama3Splitter.kind(utf8, start);
      boolean word = kind == Llama3Splitter.LETTER || kind == NUMBER;
      boolean line = breaks && kind == Llama3Splitter.NEWLINE && after < SPACE;
      if (after >= 0 && kind != after && (word || line) && this != WHOLE) {
        return at;
      }
      after = kind;
      at = start;
    }
    return from;
  }

  /// `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`, after every
  /// digit has been cut off if `digits`.
  private static int gpt2(byte[] utf8, int at, int to, boolean digits) {
    byte kind = Llama3Splitter.kind(utf8, at);
    int next = at + Llama3Splitter.width(utf8[at]);
    if (kind == NUMBER && digits) {
      return next;
    }
    if (utf8[at] == '\'') {
      int end = contraction(utf8, next, to);
      if (end > 0) {
        return end;
      }
    }
    if (utf8[at] == ' ' && next < to) {
      byte after = Llama3Splitter.kind(utf8, next);
      if (after < SPACE && !(digits && after == NUMBER)) {
        return run(utf8, next, to, after);
      }
    }
    return kind < SPACE ? run(utf8, next, to, kind) : spaces(utf8, at, to, digits);
  }

  private static int run(byte[] utf8, int from, int to, byte kind) {
    int at = from;
    while (at < to && Llama3Splitter.kind(utf8, at) == kind) {
      at += Llama3Splitter.width(utf8[at]);
    }
    return at;
  }

  /// All white space at the end of a stretch, else all but its last character.
  private static int spaces(byte[] utf8, int from, int to, boolean digits) {
    int at = from;
    int last = from;
    byte kind = SPACE;
    while (at < to && (kind = Llama3Splitter.kind(utf8, at)) >= SPACE) {
      last = at;
      at += Llama3Splitter.width(utf8[at]);
    }
    boolean ends = at == to || digits && kind == NUMBER;
    return ends || last == from ? at : last;
  }

  private static int contraction(byte[] utf8, int at, int to) {
    if (at == to) {
      return -1;
    }
    int c = utf8[at];
    int d = at + 1 < to ? utf8[at + 1] : OTHER;
    if (c == 's' || c == 't' || c == 'm' || c == 'd') {
      return at + 1;
    }
    boolean two = (c == 'r' || c == 'v') && d == 'e' || c == 'l' && d == 'l';
    return two ? at + 2 : -1;
  }
}

package herd.data.html;

import java.nio.charset.StandardCharsets;
import java.util.Locale;

/// The elements of HTML and MathML that are told apart. All others are one: what they hold is
/// shown, and they break no line.
enum Tag {
  TEXT,
  OTHER,
  ROOT,
  HTML,
  HEAD,
  BODY,
  TITLE(Kind.RAW),
  BASE(Kind.VOID),
  LINK(Kind.VOID),
  META(Kind.VOID),
  STYLE(Kind.RAW),
  SCRIPT(Kind.RAW),
  NOSCRIPT(Kind.RAW),
  NOFRAMES(Kind.RAW),
  NOEMBED(Kind.RAW),
  IFRAME(Kind.RAW),
  XMP(Kind.RAW),
  TEXTAREA(Kind.RAW),
  SVG(Kind.RAW),
  TEMPLATE,
  OBJECT,
  EMBED(Kind.VOID),
  PARAM(Kind.VOID),
  SOURCE(Kind.VOID),
  TRACK(Kind.VOID),
  AREA(Kind.VOID),
  MAP,
  APPLET,
  CANVAS,
  AUDIO,
  VIDEO,
  PICTURE,
  FRAME(Kind.VOID),
  FRAMESET,
  MAIN(Kind.BLOCK),
  ARTICLE(Kind.BLOCK),
  SECTION(Kind.BLOCK),
  NAV(Kind.BLOCK),
  ASIDE(Kind.BLOCK),
  HEADER(Kind.BLOCK),
  FOOTER(Kind.BLOCK),
  HGROUP(Kind.BLOCK),
  SEARCH(Kind.BLOCK),
  ADDRESS(Kind.BLOCK),
  DIV(Kind.BLOCK),
  CENTER(Kind.BLOCK),
  P(Kind.BLOCK),
  H1(Kind.BLOCK),
  H2(Kind.BLOCK),
  H3(Kind.BLOCK),
  H4(Kind.BLOCK),
  H5(Kind.BLOCK),
  H6(Kind.BLOCK),
  BLOCKQUOTE(Kind.BLOCK),
  PRE(Kind.BLOCK),
  LISTING(Kind.BLOCK),
  FIGURE(Kind.BLOCK),
  FIGCAPTION(Kind.BLOCK),
  DETAILS(Kind.BLOCK),
  SUMMARY(Kind.BLOCK),
  DIALOG(Kind.BLOCK),
  FORM(Kind.BLOCK),
  FIELDSET(Kind.BLOCK),
  LEGEND(Kind.BLOCK),
  MENU(Kind.BLOCK),
  UL(Kind.BLOCK),
  OL(Kind.BLOCK),
  DIR(Kind.BLOCK),
  LI(Kind.BLOCK),
  DL(Kind.BLOCK),
  DT(Kind.BLOCK),
  DD(Kind.BLOCK),
  HR(Kind.VOID),
  TABLE(Kind.BLOCK),
  CAPTION,
  COLGROUP,
  COL(Kind.VOID),
  THEAD(Kind.BLOCK),
  TBODY(Kind.BLOCK),
  TFOOT(Kind.BLOCK),
  TR(Kind.BLOCK),
  TD(Kind.BLOCK),
  TH(Kind.BLOCK),
  BUTTON,
  SELECT,
  OPTION,
  OPTGROUP,
  DATALIST,
  INPUT(Kind.VOID),
  LABEL,
  OUTPUT,
  PROGRESS,
  METER,
  BR(Kind.VOID),
  WBR(Kind.VOID),
  IMG(Kind.VOID),
  A(Kind.FORMAT),
  B(Kind.FORMAT),
  I(Kind.FORMAT),
  U(Kind.FORMAT),
  S(Kind.FORMAT),
  EM(Kind.FORMAT),
  STRONG(Kind.FORMAT),
  SMALL(Kind.FORMAT),
  BIG(Kind.FORMAT),
  FONT(Kind.FORMAT),
  STRIKE(Kind.FORMAT),
  TT(Kind.FORMAT),
  CODE(Kind.FORMAT),
  NOBR(Kind.FORMAT),
  SPAN,
  TIME,
  CITE,
  Q,
  KBD,
  SAMP,
  VAR,
  SUB,
  SUP,
  DEL,
  INS,
  MARK,
  ABBR,
  RUBY,
  RT,
  RP,
  MATH,
  SEMANTICS,
  ANNOTATION,
  MI,
  MN,
  MO,
  MROW,
  MSUP,
  MSUB,
  MSUBSUP,
  MFRAC,
  MSQRT,
  MROOT,
  MTEXT,
  MTABLE,
  MTR,
  MTD,
  MOVER,
  MUNDER,
  MUNDEROVER,
  MFENCED,
  MSPACE,
  MSTYLE,
  MPADDED,
  MENCLOSE;

  /// How an element takes part in the tree.
  private enum Kind {
    /// Begins and ends lines.
    BLOCK,
    /// Stands within lines and may end out of order.
    FORMAT,
    /// Has no content.
    VOID,
    /// Its content is not markup.
    RAW,
    OTHER
  }

  private static final int SLOTS = 1024;
  private static final Tag[] TABLE_OF = new Tag[SLOTS];
  private static final Tag[] ALL = values();

  static {
    for (var tag : ALL) {
      if (tag.ordinal() > ROOT.ordinal()) {
        int slot = slot(hash(tag.name, 0, tag.name.length));
        while (TABLE_OF[slot] != null) {
          slot = slot + 1 & SLOTS - 1;
        }
        TABLE_OF[slot] = tag;
      }
    }
  }

  private final byte[] name = name().toLowerCase(Locale.ROOT).getBytes(StandardCharsets.US_ASCII);
  private final Kind kind;

  Tag() {
    this(Kind.OTHER);
  }

  Tag(Kind kind) {
    this.kind = kind;
  }

  /// The element whose name stands in `page` from `from` to `to`, in any case of letters.
  static Tag of(byte[] page, int from, int to) {
    for (int slot = slot(hash(page, from, to));
        TABLE_OF[slot] != null;
        slot = slot + 1 & SLOTS - 1) {
      if (TABLE_OF[slot].isNamed(page, from, to)) {
        return TABLE_OF[slot];
      }
    }
    return OTHER;
  }

  static Tag at(int ordinal) {
    return ALL[ordinal];
  }

  private static int hash(byte[] bytes, int from, int to) {
    int hash = to - from;
    for (int i = from; i < to; i++) {
      hash = 31 * hash + (bytes[i] | 0x20);
    }
    return hash;
  }

  private static int slot(int hash) {
    return (hash ^ hash >>> 10) & SLOTS - 1;
  }

  boolean isNamed(byte[] page, int from, int to) {
    if (to - from != name.length) {
      return false;
    }
    for (int i = 0; i < name.length; i++) {
      if ((page[from + i] | 0x20) != (name[i] | 0x20)) {
        return false;
      }
    }
    return true;
  }

  boolean isBlock() {
    return kind == Kind.BLOCK || this == HR;
  }

  boolean isFormat() {
    return kind == Kind.FORMAT;
  }

  boolean isVoid() {
    return kind == Kind.VOID;
  }

  boolean isRaw() {
    return kind == Kind.RAW;
  }

  boolean isHeading() {
    return ordinal() >= H1.ordinal() && ordinal() <= H6.ordinal();
  }

  /// Whether it may stand in the head of a page.
  boolean isOfHead() {
    return switch (this) {
      case TITLE, BASE, LINK, META, STYLE, SCRIPT, NOSCRIPT, TEMPLATE -> true;
      default -> false;
    };
  }
}

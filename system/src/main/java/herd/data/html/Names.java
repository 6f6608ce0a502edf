package herd.data.html;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/// What the words in `class` and `id` say about an element. The words are those that authors of web
/// pages use everywhere; no name of a single site or generator is among them.
final class Names {
  /// Bits of [#of].
  static final int SURROUNDING = 1;

  static final int CONTENT = 2;
  static final int HIDDEN = 4;
  static final int LEAD = 8;
  static final int ABOUT = 16;
  static final int COMMENTS = 32;
  static final int PICTURE = 64;
  static final int CODE = 128;

  /// Surrounds content on pages about code too, where other words are names of things.
  static final int ALWAYS = 256;

  /// Numbers of lines, and a line, of code.
  static final int GUTTER = 512;

  static final int LINE = 1024;

  /// Holds code where its parts are lines; else the name may mean something else.
  static final int LISTING = 2048;

  /// About a person: short, where it surrounds content.
  static final int PERSON = 4096;

  private static final Map<String, Integer> MEANING = new HashMap<>();

  private static void mean(int bit, String words) {
    for (var word : words.strip().split("\\s+")) {
      MEANING.merge(word, bit, (a, b) -> a | b);
    }
  }

  static {
    mean(SURROUNDING, """
        nav navi navbar navigation navlist menu submenu subnav topnav breadcrumb breadcrumbs crumb
        crumbs sidebar footer foot cookie cookies consent gdpr pagination pager toolbar share shares
        sharing sharedaddy social socials addtoany addthis shariff skip toc search searchform login
        signin signup register newsletter subscribe subscription abo advert adverts advertisement
        advertising ads ad adsense anzeige werbung promo promotion sponsor sponsored sponsors popup
        modal overlay lightbox related recommended recommendation recommendations recommend noprint
        comments comment commentlist kommentare kommentar respond reply disqus tags tagcloud taglist
        tag widget widgets banner tooltip rating ratings vote outbrain taboola copyright postmeta
        entrymeta trackback trackbacks pingback pingbacks masthead topbar popular trending bio
        author authors authorbox aboutauthor paywall donate donation carousel slider relatedposts
        teaser teasers mostread similar utility utilities bookmark bookmarks contact contactbox
        kontakt callout snippet citation appendix postmetadata legend metadata interesting caption
        captions imagecaption credits disclaimer impressum colophon sitemap topstories morestories
        readmore more prev previous next older newer legal
        """);
    mean(CONTENT, """
        article articlebody articlecontent articletext content contents entry post postcontent
        postbody story storybody main maincontent body text texto contenido inhalt beitrag artikel
        news detail details blogpost hentry
        """);
    mean(LEAD, """
        intro introduction lead leadtext lede teaser subtitle subheadline subline summary abstract
        excerpt standfirst dek description epigraph vorspann chapo sommario bajada entradilla
        zusammenfassung
        """);
    mean(ABOUT, """
        date byline meta time published category categories caption credit posted views counter
        publicationdate datum autor timestamp print source quelle fecha copyright kategorie
        kategorien fotocredit bildunterschrift legend stats permalink breadcrumbs dateline pubdate
        edit editsection icon
        """);
    mean(COMMENTS, """
        comments comment commentlist kommentare kommentar respond disqus comentarios commentaires
        """);
    mean(PICTURE, """
        img image images imginline imagewrap photo photos foto fotos picture figure bild bilder
        gallery galerie galeria slideshow video player
        """);
    mean(ALWAYS, """
        nav navbar navigation navlist menu submenu breadcrumb breadcrumbs sidebar footer legal
        copyright cookie cookies consent gdpr pagination pager toolbar share sharing social skip toc
        search login signin signup newsletter subscribe advert adverts advertisement ads promo
        sponsor sponsored popup modal related recommended noprint
        """);
    mean(PERSON, "bio author authors authorbox aboutauthor");
    mean(CODE, "signature sourcecode codehilite highlight prettyprint hljs syntaxhighlighter");
    mean(LISTING, "crayon listing code");
    mean(GUTTER, """
        linenos lineno linenodiv linenumber linenumbers lnt ln gutter gl nums num
        """);
    mean(LINE, "line codeline");
  }

  private static final Set<String> HIDDEN_CLASSES = Set.of(
      "hidden",
      "hide",
      "d-none",
      "sr-only",
      "screen-reader-text",
      "visually-hidden",
      "visuallyhidden",
      "offscreen");

  /// Classes that say under which names a page is filed, not what an element is.
  private static final Set<String> FILED =
      Set.of("tag", "tags", "category", "cat", "postid", "has", "term", "post_tag");

  private static final Pattern BLANKS = Pattern.compile("\\s+");

  private static final int MOST = 100_000;

  /// Hashes of values that were read, 0 where there is none, and what each says.
  private long[] known = new long[1 << 12];

  private int[] meanings = new int[1 << 12];
  private int size;
  private final Set<String> excused = new HashSet<>();

  /// Forgets what was excused on the last page.
  void nextPage() {
    if (!excused.isEmpty()) {
      excused.clear();
      forget();
    }
    if (size > MOST) {
      forget();
    }
  }

  /// What a value of `class` or `id` says, bits.
  int of(byte[] page, int from, int to) {
    long hash = to - from;
    for (int i = from; i < to; i++) {
      hash = (hash ^ page[i]) * 0x9E3779B97F4A7C15L;
      hash ^= hash >>> 29;
    }
    hash = hash == 0 ? 1 : hash;
    int at = place(hash);
    if (known[at] == hash) {
      return meanings[at];
    }
    int bits = 0;
    for (var name : names(page, from, to)) {
      bits |= meaning(name);
    }
    known[at] = hash;
    meanings[at] = bits;
    if (++size > known.length / 2) {
      grow();
    }
    return bits;
  }

  private int place(long hash) {
    int at = (int) (hash ^ hash >>> 32) & known.length - 1;
    while (known[at] != 0 && known[at] != hash) {
      at = at + 1 & known.length - 1;
    }
    return at;
  }

  private void grow() {
    var hashes = known;
    var bits = meanings;
    known = new long[2 * hashes.length];
    meanings = new int[2 * hashes.length];
    for (int i = 0; i < hashes.length; i++) {
      if (hashes[i] != 0) {
        int at = place(hashes[i]);
        known[at] = hashes[i];
        meanings[at] = bits[i];
      }
    }
  }

  private void forget() {
    if (size > 0) {
      known = new long[1 << 12];
      meanings = new int[1 << 12];
      size = 0;
    }
  }

  private static String[] names(byte[] page, int from, int to) {
    return BLANKS.split(new String(page, from, to - from, StandardCharsets.UTF_8).strip());
  }

  private int meaning(String name) {
    int bits = HIDDEN_CLASSES.contains(name) ? HIDDEN : 0;
    if (isFiled(name)) {
      return bits;
    }
    var words = new Words(name);
    boolean number = false;
    for (String word; (word = words.next()) != null; ) {
      int says = MEANING.getOrDefault(word, 0);
      bits |= excused.contains(word) ? says & ~SURROUNDING : says;
      number |= word.equals("number") || word.equals("numbers") || word.equals("numbering");
    }
    if (number && (bits & LINE) != 0) {
      bits |= GUTTER; // a number alone may be one in the code
    }
    return name.startsWith("code-") ? bits & ~(SURROUNDING | ALWAYS) : bits; // its buttons
  }

  private static boolean isFiled(String name) {
    int dash = name.indexOf('-');
    return dash > 0 && FILED.contains(name.substring(0, dash))
        || name.startsWith("page-id-")
        || name.startsWith("post-format-")
        || name.endsWith("-label-hidden")
        || name.contains("_no-");
  }

  /// Excuses the words of a name that says it surrounds content but holds most of the page: there
  /// the word means something else.
  void excuse(byte[] page, int from, int to) {
    for (var name : names(page, from, to)) {
      var words = new Words(name);
      for (String word; (word = words.next()) != null; ) {
        int says = MEANING.getOrDefault(word, 0);
        if ((says & COMMENTS) != 0) {
          MEANING.forEach((other, bits) -> {
            if ((bits & COMMENTS) != 0) {
              excused.add(other);
            }
          });
        } else if ((says & SURROUNDING) != 0) {
          excused.add(word);
        }
      }
    }
    forget();
  }

  /// The words of a name, in lower case: parted by signs and by capitals.
  private static final class Words {
    private final String name;
    private int at;

    Words(String name) {
      this.name = name;
    }

    String next() {
      while (at < name.length() && !isLetter(name.charAt(at))) {
        at++;
      }
      int from = at;
      while (at < name.length() && isCapital(name.charAt(at))) {
        at++;
      }
      if (at - from <= 1) {
        while (at < name.length() && isLetter(name.charAt(at)) && !isCapital(name.charAt(at))) {
          at++;
        }
      }
      return from == at ? null : name.substring(from, at).toLowerCase(Locale.ROOT);
    }

    private static boolean isLetter(char c) {
      return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
    }

    private static boolean isCapital(char c) {
      return c >= 'A' && c <= 'Z';
    }
  }
}

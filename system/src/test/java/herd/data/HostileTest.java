package herd.data;

import herd.data.html.Extractor;
import herd.data.pii.Found;
import herd.data.words.C4Quality;
import herd.data.words.FineWebQuality;
import herd.data.words.GopherQuality;
import herd.data.words.GopherRepetition;
import herd.data.words.TextRule;
import herd.data.words.TokenCount;
import herd.data.words.WordRule;
import herd.run.Disk;
import herd.run.Progress;
import herd.run.TimeLimit;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/// Documents that are made to cost much. The limit of time counts processor time, so that no
/// verdict here depends on what else the machine does; what took time by the square of its length
/// would take minutes at these lengths.
class HostileTest {
  private static final List<String> TAGS = List.of(
      "<div>",
      "<b>",
      "<table><tr><td>",
      "<ul><li>",
      "<code><br>",
      "<pre>",
      "<a href='#x'>y",
      "<p>a",
      "<math><msup>",
      "&",
      "&amp",
      "&#x41;",
      "&aaaaaaaa",
      "<",
      "</",
      "<!--",
      "<a b=\"",
      "<a b='x\"",
      "<script>",
      "<title>",
      "</p>",
      "<html>",
      "<h1>",
      "a<sup>2",
      "<dl><dt>a:<dd>b",
      "<dt>",
      "<div class=comment>x",
      "<span class=lineno>1",
      "<i hidden></i>",
      "\u0000",
      "\ud800",
      "<a><div>",
      "<script type=application/ld+json>\"author\":{</script>",
      "<img alt='one two three four five'>",
      "<div class=caption>a</div>");

  private static final List<String> TEXTS = List.of(
      "x",
      "1",
      "+1 ",
      "+49",
      "1-",
      "(1)",
      "a@",
      "a@b.",
      "a@b.c ",
      "192.168.",
      "1.",
      "[1",
      "[edit]",
      "{",
      "DE89",
      "4111 ",
      "0 0 ",
      "…",
      "...",
      ". ",
      "\n",
      "\r",
      " ",
      "\u00a0",
      "a a ",
      "#",
      "• \n",
      "a\u0300",
      "\u0300",
      "👨\u200d",
      "ไทย",
      "漢",
      "あ",
      "한",
      "\u0000",
      "\ud800",
      "\udc00\ud800",
      "'",
      "1,",
      "http://",
      "lorem ",
      "5555555555 ",
      "İ",
      "\u202e",
      "fe80::",
      "12345678Z ");

  private static String repeated(String part, int length) {
    return part.repeat(length / part.length());
  }

  private static String each(int length, IntFunction<String> part) {
    var all = new StringBuilder(length + 100);
    for (int i = 0; all.length() < length; i++) {
      all.append(part.apply(i));
    }
    return all.toString();
  }

  private static Doc page(String name, String html) {
    return new Doc(name, name, "s", "page", name, "", html);
  }

  private static List<Doc> pages(int n) {
    var pages = new ArrayList<Doc>();
    for (int i = 0; i < TAGS.size(); i++) {
      pages.add(page("tag " + i, repeated(TAGS.get(i), n)));
    }
    pages.add(page("pictures", pictures(n)));
    pages.add(page("jumps", jumps(n)));
    pages.add(page("classes", each(n, i -> "<p class='c" + i + " comment" + i + "'>x")));
    pages.add(page("ids", each(n, i -> "<p id=a" + i + "><a href='#a" + (i + 5) + "'>x</a>")));
    pages.add(page("numbers", "<i class=lineno>".repeat(500) + repeated("<i>1</i>", n) + "x"));
    pages.add(page("math", "<math>" + "<msup><mi>a".repeat(250) + repeated("<mi>b</mi>", n)));
    return pages;
  }

  private static String pictures(int n) {
    return "<div>" + repeated("<img alt='one two three four five six'>", n / 2)
        + each(n / 2, i -> "<i>some other words " + i + "</i>");
  }

  private static String jumps(int n) {
    return repeated("<i hidden>a</i>", n / 2) + repeated("<a href='#p'>x</a>", n / 2)
        + "<p id=p>end";
  }

  private static List<Doc> texts(int n) {
    var texts = new ArrayList<Doc>();
    for (int i = 0; i < TEXTS.size(); i++) {
      texts.add(text("text " + i, repeated(TEXTS.get(i), n)));
    }
    var random = new Random(1);
    texts.add(text("words", each(n, i -> "w" + i + " ")));
    texts.add(text("lines", each(n, i -> "line of words " + i + "\n")));
    texts.add(text("signs", each(n, _ -> "" + "ab1. @-+()\n:/'".charAt(random.nextInt(14)))));
    texts.add(text("any", each(n, _ -> "" + (char) random.nextInt(65536))));
    texts.add(text("sums", each(n, i -> Integer.bitCount(i) % 2 == 0 ? "a " : "b ")));
    return texts;
  }

  private static Doc text(String name, String text) {
    return new Doc(name, name, "s", "text", name, "", text);
  }

  /// Steps that keep nearly everything, so that each sees it.
  private static List<Step> steps() {
    List<TextRule> rules = List.of(
        new GopherQuality(0, 1 << 30, 0, 1e9, 1e9, 1, 1, 0, 0, List.of()),
        new FineWebQuality(0, 1, 30, 1, 1),
        GopherRepetition.USUAL,
        new C4Quality(0, 0, 1 << 30, false, true));
    return List.of(
        new NoAi(List.of("noai")),
        new ExtractHtml(),
        new RepeatedLines(1),
        new Pii(List.of(Found.Kind.values()), List.of("US", "DE"), 1e9, true, Map.of()),
        new CommonLines(6, 1000, 1, true),
        new NearDuplicates(5, 14, 8),
        new RepeatedPassages(50, true),
        new Heuristics(WordRule.PLAIN, rules),
        new Heuristics(WordRule.SCRIPTS, rules));
  }

  @Tag("slow")
  @Test
  void nothingTakesMoreThanTimeInProportionToItsLength() throws IOException {
    var docs = pages(1_500_000);
    docs.addAll(texts(1_500_000));
    docs.add(text("last", "A few words. They stay as they are, I hope.\n".repeat(2)));
    var work = Files.createTempDirectory("hostile");
    try {
      var care = new Pass.Care(20, TokenCount.ESTIMATE);
      var pipeline = new Pipeline(steps(), DocForm.STORED, 64 << 20, false, 2, 3, care);
      var funnel = pipeline
          .run(List.of(new PipelineTest.AtHand(docs)), work, Progress.NONE)
          .funnel();
      assertThat(funnel.rows()).extracting(Funnel.Row::reason).doesNotContain("time-limit");
    } finally {
      Disk.delete(work);
    }
  }

  /// Each page took minutes when every picture or link was compared with all before it.
  @Test
  void pagesOfPicturesOrOfLinksAreReadInOneGo() {
    var extractor = new Extractor();
    try (var watch = new TimeLimit(20).watch()) {
      for (var html : List.of(pictures(1_000_000), jumps(2_000_000))) {
        watch.begin();
        extractor.read(html, "http://a.example/b.html");
        assertThat(watch.end()).isFalse();
      }
    }
  }

  @Test
  void nestingHasNoDepthThatIsTooMuchButElementsHaveANumber() {
    var deep = "<div>".repeat(100_000) + "The words inside.";
    var kept = new ExtractHtml().judge(page("deep", deep));
    assertThat(((Verdict.Keep) kept).doc().text()).isEqualTo("The words inside.");
    var many = new ExtractHtml().ready().forThread();
    assertThat(many.judge(page("many", "<p>a".repeat(300_000))))
        .isEqualTo(new Verdict.Drop("too-many-elements"));
    assertThat(many.judge(page("deep", deep))).isEqualTo(kept);
  }

  /// Notes of sixteen million words would take half a gigabyte.
  @Test
  void textsOfNothingButSignsAreTooLong() {
    var step = new Heuristics(WordRule.SCRIPTS, List.of(GopherRepetition.USUAL));
    assertThat(step.judge(text("signs", "<".repeat(2_200_000))))
        .isEqualTo(new Verdict.Drop("too_long"));
  }

  /// A step that does not listen could not be stopped.
  @Test
  void stepsListen() {
    var html = page("a", "<p>one two</p>".repeat(1000));
    var text = text("a", "call +49 30 123456 or write to a@b.example now\n".repeat(10));
    var rules = List.<TextRule>of(GopherRepetition.USUAL);
    var listening = Map.of(
        new ExtractHtml(), html,
        new Heuristics(WordRule.SCRIPTS, rules), text,
        new Pii(List.of(Found.Kind.values()), List.of(), 20, true, Map.of()), text);
    listening.forEach((step, doc) -> {
      var judge = step.ready().forThread();
      Thread.currentThread().interrupt();
      try {
        assertThatThrownBy(() -> judge.judge(doc)).isInstanceOf(TimeLimit.Passed.class);
      } finally {
        Thread.interrupted();
      }
    });
  }
}

package herd.data.html;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

/// Pages of every layout that javadoc has had, and others, against the text that a reader would
/// copy out of them. The pages are the files found.
class HtmlTextTest {
  static List<String> pages() throws IOException, URISyntaxException {
    try (var files = Files.list(folder())) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(".html"))
          .map(name -> name.replace(".html", ""))
          .sorted()
          .toList();
    }
  }

  private static Path folder() throws URISyntaxException {
    return Path.of(HtmlTextTest.class.getResource("/herd/data/html").toURI());
  }

  @ParameterizedTest
  @MethodSource("pages")
  void saysWhatThePageSays(String page) throws Exception {
    var html = Files.readString(folder().resolve(page + ".html"));
    var expected = Files.readString(folder().resolve(page + ".txt")).stripTrailing();
    var address = page.equals("frames") ? "kitchen/water/Kettle.html" : page + ".html";
    assertThat(HtmlText.of(html, address).text()).isEqualTo(expected);
  }

  private static String text(String body) {
    return HtmlText.of("<html><body>" + body + "</body></html>", "page.html").text();
  }

  @Test
  void titleAndAddressAreRead() throws Exception {
    var page = HtmlText.of(Files.readString(folder().resolve("landmarks.html")), "x.html");
    assertThat(page.title()).isEqualTo("Cup.Handle (Kitchen 2.0 API)");
    assertThat(page.canonicalUrl()).isEqualTo("https://kitchen.example/api/Cup.Handle.html");
    assertThat(HtmlText.of("<link rel=canonical href='javascript:x'>", "").canonicalUrl())
        .isEmpty();
  }

  @Test
  void codeKeepsIndentationAndBlankLines() {
    var code = "    if (a < b) {\n\n\n\tc();\n      }";
    var html = "<p>Look:</p><pre>\n\n" + code.replace("<", "&lt;") + "\n\n</pre><p>Seen?</p>";
    assertThat(text(html)).isEqualTo("Look:\n\n" + code + "\n\nSeen?");
    assertThat(text("<pre><span>a</span> <b>b</b><br>  c&nbsp;d</pre>")).isEqualTo("a b\n  c d");
  }

  @Test
  void formulasAreTex() {
    assertThat(text("<p>Let <script type='math/tex'>a^2 < b</script> hold."))
        .isEqualTo("Let a^2 < b hold.");
    assertThat(text("<p>So <math alttext='x_{1}'><mi>x</mi></math> is.")).isEqualTo("So x_{1} is.");
    assertThat(
            text(
                "<p>As <span class=katex><span class=katex-mathml><math><semantics><mrow>"
                    + "<mi>e</mi></mrow><annotation encoding='application/x-tex'>e^{i\\pi}</annotation>"
                    + "</semantics></math></span><span class=katex-html aria-hidden=true>eiπ</span></span>."))
        .isEqualTo("As e^{i\\pi}.");
    assertThat(text("<p>Half: <math><mfrac><mn>1</mn><msup><mi>y</mi><mn>2</mn></msup></mfrac>"
            + "</math> of <img class=latex alt='\\alpha' src=a.png> it."))
        .isEqualTo("Half: \\frac{1}{y^2} of \\alpha it.");
  }

  @Test
  void whatIsNestedWrongIsReadAsBrowsersRead() {
    assertThat(text("<p>one<p>two<ul><li>a<li>b</ul><b>bold<p>three</b> four</p>"))
        .isEqualTo("one\n\ntwo\n\na\nb\nbold\n\nthree four");
    assertThat(text("<table><tr><td>a<td>b<tr><td>c</table>")).isEqualTo("a\tb\nc");
    assertThat(text("x<!-- no --><!-->y<!--->z<script>'</p>'</script><p title='>'>w"))
        .isEqualTo("xyz\n\nw");
    assertThat(text("<p title=\"never closed>lost? <b>no</b>")).contains("no");
  }

  @Test
  void linesAreNotLostInCells() {
    assertThat(text("<table><tr><td>a<br>b<ul><li>c</ul><td>d</table>")).isEqualTo("a b c\td");
    assertThat(text("<table><tr><td><pre>x\n y</pre><td>z</table>")).isEqualTo("x\n y\nz");
  }

  @Test
  void emptyAndBrokenPagesHaveNoText() {
    assertThat(text("")).isEmpty();
    assertThat(text("<script>x()</script> \u00a0\u200b")).isEmpty();
    assertThat(HtmlText.of("", "").text()).isEmpty();
    assertThat(HtmlText.of("<frameset><frame src=a></frameset>", "").text()).isEmpty();
    assertThat(HtmlText.of("plain words < 3 & more", "").text())
        .isEqualTo("plain words < 3 & more");
  }

  @Test
  void halvesOfPairsAndControlCharactersGo() {
    assertThat(text("a\ud83dz \ud83d\ude00 b\u0000\u0007c")).isEqualTo("a\ufffdz \ud83d\ude00 bc");
  }

  @Test
  void deepNestingAndLongLinesTakeBoundedTime() {
    var deep = "<div>".repeat(50_000) + "end";
    assertThat(text(deep)).isEqualTo("end");
    var lists = "<ul><li>x".repeat(5_000);
    assertThatCode(() -> text(lists)).doesNotThrowAnyException();
    var line = "word ".repeat(200_000);
    assertThat(text("<p>" + line)).hasSize(line.length() - 1);
  }

  @Provide
  Arbitrary<String> soup() {
    return Arbitraries.of(
            "<p>",
            "</p>",
            "<div class=nav>",
            "</div>",
            "<table>",
            "<tr>",
            "<td>",
            "</table>",
            "<h2>",
            "</h2>",
            "<a href='#x'>",
            "</a>",
            "<a id=x>",
            "<pre>",
            "</pre>",
            "<ul>",
            "<li>",
            "</ul>",
            "<dl>",
            "<dt>",
            "<dd>",
            "<sup>",
            "</sup>",
            "<br>",
            "<code>",
            "<main>",
            "&#xd800;",
            "&amp",
            "\n",
            " ",
            "word",
            "a.b:",
            "<!--",
            "-->",
            "<script>",
            "<svg>",
            "\u00a0",
            "<",
            "&#0;")
        .list()
        .ofMaxSize(60)
        .map(parts -> String.join("", parts));
  }

  @Property(tries = 200)
  void anyTagSoupGivesCleanText(@ForAll("soup") String html) {
    var text = HtmlText.of(html, "page.html").text();
    assertThat(text).isEqualTo(text.strip().isEmpty() ? "" : text);
    assertThat(text).doesNotContain("\u00a0");
    // Blank lines of code are kept, however many.
    if (!html.contains("<pre>")) {
      assertThat(text).doesNotContain("\n\n\n\n");
    }
  }
}

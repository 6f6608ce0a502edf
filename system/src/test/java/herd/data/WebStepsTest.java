package herd.data;

import herd.engine.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/// Steps on addresses, personal data and words.
class WebStepsTest {
  @TempDir
  Path dir;

  private static Doc at(String url, String text) {
    return new Doc(url, url, "s", "text", url, "", text);
  }

  private static Object of(DocumentStep step, Doc doc) {
    return StepsTest.outcome(step.judge(doc));
  }

  private String file(String lines) throws IOException {
    var file = Files.createTempFile(dir, "list", ".txt");
    return Files.writeString(file, lines).toString();
  }

  @Test
  void listsDropPages() throws IOException {
    var blocked = new DomainBlockList(List.of(file("bad.example\n")), true);
    assertThat(of(blocked, at("http://a.bad.example/x", "t"))).isEqualTo("blocked-domain");
    assertThat(of(blocked, at("http://malware.wicar.org/", "t"))).isEqualTo("blocked-domain");
    assertThat(of(blocked, at("http://good.example/", "t"))).isEqualTo("t");
    assertThatThrownBy(() -> new DomainBlockList(List.of("absent"), false).ready())
        .isInstanceOf(UserError.class);
    assertThatThrownBy(() -> new DomainBlockList(List.of(file("# no line\n")), false).ready())
        .isInstanceOf(UserError.class);
    var words = new UrlWords(List.of(file("casino\nbonus\n")), 2);
    assertThat(of(words, at("http://x.example/casino-BONUS.html", "t"))).isEqualTo("words-in-url");
    assertThat(of(words, at("http://x.example/casinobonus", "t"))).isEqualTo("t");
    var removed = new RemovalList(List.of(file("http://x.example/me\nxxh3:12\n")));
    assertThat(of(removed, at("https://x.example/me#top", "t"))).isEqualTo("removal-asked-for");
    assertThat(of(removed, at("https://x.example/you", "t"))).isEqualTo("t");
    var digest = new Doc(
        "i", "u", "s", "text", "g", "", "t", "", "", new Doc.Origin("f", 0, "xxh3:12"), Map.of());
    assertThat(of(removed, digest)).isEqualTo("removal-asked-for");
  }

  @Test
  void pagesThatAskToBeLeftOutAre() {
    var step = new NoAi(List.of("noai"));
    for (var tag : List.of(
        "<meta name=\"robots\" content=\"index, noai\">",
        "<META content='noimageai,NoAI' NAME = robots >",
        "<meta name=examplebot content=noai>",
        "<meta name=\"tdm-reservation\" content=\"1\">")) {
      assertThat(of(step, Archives.page("p", "<html><head>" + tag + "<p>x")))
          .as(tag)
          .isEqualTo("asked-in-page");
    }
    var open = "<meta name=description content=\"noai\"><p>noai";
    assertThat(of(step, Archives.page("p", open))).isEqualTo(open);
    var header = Archives.page("p", "x").with("x-robots-tag", "examplebot: noai, nofollow");
    assertThat(of(step, header)).isEqualTo("asked-in-header");
    var unclosed = "<meta ".repeat(50_000);
    assertThat(of(step, Archives.page("p", unclosed))).isEqualTo(unclosed);
  }

  private static Pii pii(double most, boolean mask) {
    return new Pii(
        List.of(herd.data.pii.Found.Kind.values()), List.of(), most, mask, Map.of("ip", "IP"));
  }

  @Test
  void personalDataIsMaskedOrTooMuch() {
    var text = "Mail a@b.example from 8.8.8.8 " + "and so on ".repeat(60);
    var kept = (Verdict.Keep) pii(20, true).judge(at("u", text));
    assertThat(kept.doc().text()).startsWith("Mail email@example.com from IP and");
    assertThat(kept.doc().metadata()).containsEntry("pii", "2");
    assertThat(of(pii(20, false), at("u", text))).isEqualTo(text);
    var many = "a@b.example c@d.example e@f.example g@h.example words";
    assertThat(of(pii(20, true), at("u", many))).isEqualTo("much-personal-data");
    assertThat(of(pii(1000, true), at("u", many))).isNotEqualTo("much-personal-data");
  }

  @Test
  void dirtyWordsCountByLanguageAndDomainsGoWhole() throws IOException {
    var step = new DirtyWords(
        Map.of("en", List.of(file("smut\n")), "any", List.of(file("xxx\n"))), 0.1, 2);
    assertThat(of(step, at("u", "smut and xxx").withLanguage("en"))).isEqualTo("dirty-words");
    assertThat(of(step, at("u", "smut and smut").withLanguage("de"))).isEqualTo("smut and smut");
    var noted = (Verdict.Keep) step.judge(at("u", "one xxx here"));
    assertThat(noted.doc().metadata()).containsEntry("dirty-words", "0.33333");
    var docs = new ArrayList<Doc>();
    for (int i = 0; i < 6; i++) {
      docs.add(at("http://w" + i + ".bad.co.uk/", "b" + i).with("pii", i < 3 ? "5" : "0"));
      docs.add(at("http://good.co.uk/" + i, "g" + i).with("pii", i < 1 ? "9" : "1"));
      docs.add(at("no address " + i, "n" + i).with("pii", "9"));
    }
    var outcomes = StepsTest.outcomes(new UnsafeDomains(0.3, 5, 3, 0.1), docs);
    for (int i = 0; i < docs.size(); i++) {
      boolean bad = docs.get(i).url().contains("bad");
      assertThat(outcomes.get(i)).isEqualTo(bad ? "unsafe-domain" : docs.get(i).text());
    }
  }
}

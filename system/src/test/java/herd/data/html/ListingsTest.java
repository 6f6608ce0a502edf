package herd.data.html;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;

/// Pages with code, formulas and pictures as the tools of the web write them (`make.py` beside the
/// pages), and the blocks that their authors wrote: code line for line, formulas as TeX.
class ListingsTest {
  private static final Path PAGES = Path.of("src/test/resources/herd/data/html/listings");
  private static final JsonMapper JSON = new JsonMapper();

  @Test
  void blocksStandInTheTextAsTheyWereWritten() throws IOException {
    var extractor = new Extractor();
    int pages = 0;
    int blocks = 0;
    var lost = new ArrayList<String>();
    for (var line : Files.readAllLines(PAGES.resolve("expected.jsonl"))) {
      var row = JSON.readTree(line);
      var name = row.get("page").asString();
      var page = Files.readAllBytes(PAGES.resolve(name));
      var text = "\n" + extractor.read(page, "https://example.org/" + name).text() + "\n";
      pages++;
      for (var block : row.get("blocks")) {
        boolean code = block.get("kind").asString().equals("code");
        var wanted = block.get("text").asString();
        blocks++;
        if (!text.contains(code ? "\n" + wanted + "\n" : wanted)) {
          lost.add(name + ": " + wanted);
        }
      }
    }
    assertThat(pages).isGreaterThanOrEqualTo(60);
    assertThat(lost.size()).as("lost: %s", lost).isLessThanOrEqualTo(blocks / 20);
  }

  @Test
  void numbersThatAreCodeStay() {
    var page = """
        <p>Numbers, one on each line, are what this program prints, and nothing else is said.</p>
        <pre><code><span class="hljs-number">1</span>
        <span class="hljs-number">2</span>
        <span class="hljs-number">3</span>
        end</code></pre>""";
    assertThat(new Extractor().read(page, "").text()).contains("\n1\n2\n3\nend");
  }

  @Test
  void picturesThatRepeatTheirCaptionOrLeadElsewhereAreNotWritten() {
    var page = """
        <article><h1>Bridges</h1><p>%s</p>
        <figure><img src="a.png" alt="The old bridge over the river"><figcaption>The old bridge over
        the river</figcaption></figure>
        <a href="/shop"><img src="b.png" alt="Buy tickets for the museum here"></a>
        <p>%1$s</p></article>""".formatted("A bridge is a way over something else. ".repeat(8));
    assertThat(new Extractor().read(page, "").text())
        .doesNotContain("The old bridge over the river")
        .doesNotContain("Buy tickets");
  }
}

package herd.architecture;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/// What the pages of the documentation point at exists.
class DocumentationTest {
  private static final Path ROOT = Path.of("..");
  private static final Pattern LINK = Pattern.compile("(?<!!)\\[[^]]*]\\(([^)#:]+)(#[^)]*)?\\)");
  private static final int DECISION_LINES = 40;

  @Test
  void linksLeadToFiles() throws IOException {
    var broken = new ArrayList<String>();
    int links = 0;
    for (Path page : pages()) {
      for (var link : LINK.matcher(Files.readString(page)).results().toList()) {
        links++;
        Path target = page.resolveSibling(link.group(1));
        if (!Files.exists(target)) broken.add(page + " -> " + link.group(1));
      }
    }
    assertThat(broken).isEmpty();
    assertThat(links).isGreaterThan(20);
  }

  @Test
  void decisionsAreShort() throws IOException {
    for (Path page : pages()) {
      if (page.getParent().endsWith("adr")) {
        assertThat(Files.readAllLines(page).size())
            .as(page.toString())
            .isLessThanOrEqualTo(DECISION_LINES);
      }
    }
  }

  private static List<Path> pages() throws IOException {
    var pages = new ArrayList<Path>();
    try (var top = Files.list(ROOT);
        var docs = Files.walk(ROOT.resolve("docs"))) {
      top.filter(DocumentationTest::isPage).forEach(pages::add);
      docs.filter(DocumentationTest::isPage).forEach(pages::add);
    }
    return pages;
  }

  private static boolean isPage(Path path) {
    return path.toString().endsWith(".md");
  }
}

package herd.data;

import herd.run.Progress;
import herd.run.Workspace;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/// Curates the jars in the folder of system property `herd.jars`, where it is given.
@Tag("slow")
class RealCurationTest {
  @Test
  void curatesRealJars(@TempDir Path dir) throws Exception {
    var folder = System.getProperty("herd.jars");
    assumeTrue(folder != null, "no folder of jars in herd.jars");
    List<Path> jars;
    try (var files = Files.list(Path.of(folder))) {
      jars = files.sorted().toList();
    }
    var steps = List.<Step>of(
        new UrlFilter(List.of(
            new UrlFilter.Rule("class-use-page", List.of("/class-use/", "package-use.html")),
            new UrlFilter.Rule("package-page", List.of("/package-summary.html")),
            new UrlFilter.Rule("copy-of-source", List.of("/src-html/")),
            new UrlFilter.Rule(
                "index-page",
                List.of(
                    "/index-all.html",
                    "/index-files/",
                    "/index.html",
                    "allclasses",
                    "overview-",
                    "package-tree.html",
                    "package-frame.html",
                    "deprecated-list.html",
                    "constant-values.html",
                    "serialized-form.html",
                    "help-doc.html",
                    "search.html")))),
        new ExtractHtml(),
        new LicenceHeader(),
        new CommonLines(6, 30_000_000, 4, true),
        new ShortDocument(30),
        new RepeatedLines(0.3),
        new LongWords(2000),
        new UrlDuplicates(),
        new ExactDuplicates(),
        new NearDuplicates(5, 14, 8));
    var facts = JsonMapper.shared().createObjectNode();
    var out = System.getProperty("herd.out");
    var result = out == null ? dir : Files.createDirectories(Path.of(out));
    long start = System.nanoTime();
    new Curation(16_000_000, steps, new Holdout(0.05))
        .run(new Workspace(result, dir, facts, Progress.NONE, 1), jars);
    System.out.println((System.nanoTime() - start) / 1e9 + " s");
    System.out.println(facts.get("funnel").toPrettyString());
    System.out.println(facts.get("counts"));
    assertThat(DocFile.read(result.resolve("train.parquet"))).isNotEmpty();
    Files.writeString(result.resolve("facts.json"), facts.toPrettyString());
  }
}

package herd.data;

import herd.engine.UserError;
import herd.run.Progress;
import herd.run.Workspace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/// Whole curations of small archives.
class CurationTest {
  private static final List<Step> STEPS = List.of(
      new UrlFilter(List.of(new UrlFilter.Rule("class-use-page", List.of("/class-use/")))),
      new ExtractHtml(),
      new LicenceHeader(),
      new ShortDocument(4),
      new ExactDuplicates());

  @TempDir
  Path dir;

  private Workspace workspace(long seed) throws IOException {
    var facts = JsonMapper.shared().createObjectNode();
    var result = Files.createTempDirectory(dir, "result");
    return new Workspace(
        result, Files.createTempDirectory(dir, "scratch"), facts, Progress.NONE, seed);
  }

  private List<Path> jars(int classes) throws IOException {
    var pages = new ArrayList<String>();
    var sources = new ArrayList<String>();
    for (int i = 0; i < classes; i++) {
      pages.addAll(List.of("a/C" + i + ".html", "<h1>C" + i + "</h1><p>Counts to " + i + " aloud"));
      pages.addAll(List.of("a/class-use/C" + i + ".html", "<p>Nobody uses C" + i));
      sources.addAll(
          List.of("a/C" + i + ".java", "/* Licensed */\npackage a;\nclass C" + i + " { int n; }"));
    }
    return List.of(
        Archives.write(dir.resolve("c-1-javadoc.jar"), pages.toArray(String[]::new)),
        Archives.write(dir.resolve("c-1-sources.jar"), sources.toArray(String[]::new)));
  }

  @Test
  void leavesTrainingAndHoldoutWithoutACommonClass() throws IOException {
    var workspace = workspace(1);
    new Curation(1 << 20, STEPS, new Holdout(0.3)).run(workspace, jars(40));
    var train = DocFile.read(workspace.result().resolve("train.parquet"));
    var held = DocFile.read(workspace.result().resolve("holdout.parquet"));
    assertThat(train.size() + held.size()).isEqualTo(80);
    var groups = new HashSet<String>();
    train.forEach(doc -> groups.add(doc.group()));
    assertThat(held).noneMatch(doc -> groups.contains(doc.group()));
    assertThat(train).noneMatch(doc -> doc.text().contains("Licensed"));
    var facts = workspace.facts();
    assertThat(facts.at("/counts/trainDocuments").asInt()).isEqualTo(train.size());
    assertThat(row(facts, "url-filter", "class-use-page").get("documents").asInt())
        .isEqualTo(40);
    assertThat(row(facts, "licence-header", "").get("changed").asInt()).isEqualTo(40);
    assertThat(row(facts, "holdout", "held-out").get("documents").asInt()).isEqualTo(held.size());
    assertThat(facts.get("samples").size()).isGreaterThan(20);
    assertThat(Files.readAllLines(workspace.result().resolve("rejected.jsonl")))
        .anyMatch(line -> line.contains("class-use-page") && line.contains("Nobody uses"));
  }

  private static ObjectNode row(ObjectNode facts, String step, String reason) {
    for (var row : facts.get("funnel")) {
      if (row.get("step").asString().equals(step)
          && row.get("reason").asString().equals(reason)) {
        return (ObjectNode) row;
      }
    }
    throw new AssertionError("no row " + step + " " + reason);
  }

  @Test
  void theSameSeedGivesTheSameFilesAndAnotherAnotherSplit() throws IOException {
    var jars = jars(30);
    var curation = new Curation(1 << 20, STEPS, new Holdout(0.3));
    var files = new ArrayList<Path>();
    for (long seed : new long[] {1, 1, 2}) {
      var workspace = workspace(seed);
      curation.run(workspace, jars);
      files.add(workspace.result().resolve("train.parquet"));
    }
    assertThat(files.get(0)).hasSameBinaryContentAs(files.get(1));
    assertThat(DocFile.read(files.get(2))).isNotEqualTo(DocFile.read(files.get(0)));
  }

  @Test
  void aSplitWithAnEmptySideAndAnEmptyCorpusAreErrors() throws IOException {
    var jars = jars(2);
    var workspace = workspace(1);
    assertThatThrownBy(() -> new Curation(1 << 20, STEPS, new Holdout(1e-9)).run(workspace, jars))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("holdout.share");
    var strict = List.<Step>of(new ExtractHtml(), new ShortDocument(1000));
    var other = workspace(1);
    assertThatThrownBy(() -> new Curation(1 << 20, strict, new Holdout(0.1)).run(other, jars))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("short-document");
    var twice = List.of(jars.getFirst(), jars.getFirst());
    assertThatThrownBy(() -> new Curation(1 << 20, STEPS, new Holdout(0.3)).run(other, twice))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("a second archive of that name");
    try (var left = Files.list(workspace.result())) {
      assertThat(left).isEmpty();
    }
  }
}

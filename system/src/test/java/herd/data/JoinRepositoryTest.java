package herd.data;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class JoinRepositoryTest {
  private static List<Doc> joined(JoinRepository step, List<Doc> docs) {
    try {
      var scratch = Files.createTempDirectory("join");
      var sketches = docs.parallelStream().map(step::sketch).toList();
      var judge = step.judge(Sketches.of(sketches, scratch));
      var kept = new ArrayList<Doc>();
      IntStream.range(0, docs.size()).forEach(i -> {
        switch (judge.judge(i, docs.get(i))) {
          case Verdict.Keep(Doc doc) -> kept.add(doc);
          case Verdict.Drop(String reason) -> assertThat(reason).isEqualTo("joined-to-repository");
        }
      });
      try (var files = Files.list(scratch)) {
        for (var file : files.toList()) {
          Files.delete(file);
        }
      }
      Files.delete(scratch);
      return kept;
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void filesStandInOneTextEachAfterThoseThatItImports() {
    var docs = List.of(
        CodeStepsTest.file("r", "r-1/a.py", "import b\nb.f()", Map.of("licence", "MIT")),
        CodeStepsTest.file("s", "main.go", "package main\n", Map.of()),
        CodeStepsTest.file("r", "r-1/b.py", "def f(): pass\n", Map.of("licence", "ISC OR MIT")),
        CodeStepsTest.file("r", "r-1/README.md", "# R\n", Map.of()));
    var all = joined(new JoinRepository("{path}", 1 << 20), docs);
    assertThat(all).hasSize(2);
    var s = all.get(0);
    var r = all.get(1);
    assertThat(r.text())
        .isEqualTo("<!-- README.md -->\n# R\n\n# b.py\ndef f(): pass\n\n# a.py\nimport b\nb.f()\n");
    assertThat(r.language()).isEqualTo("python");
    assertThat(r.kind()).isEqualTo("code");
    assertThat(r.group()).isEqualTo("r");
    assertThat(r.metadata())
        .containsEntry("part", "1/1")
        .containsEntry("licence", "(ISC OR MIT) AND MIT")
        .containsEntry("files", "r-1/README.md\t\nr-1/b.py\t\nr-1/a.py\t");
    assertThat(s.text()).isEqualTo("// main.go\npackage main\n");
    assertThat(s.id()).isEqualTo("s!/#1");
  }

  @Property(tries = 40)
  void partsAreNotTooLongAndHoldEachFileOnce(@ForAll long seed) {
    var random = new Random(seed);
    var docs = new ArrayList<Doc>();
    for (int i = 0; i < 40; i++) {
      var text = "import m" + random.nextInt(40) + "\n" + "é = 1\n".repeat(random.nextInt(40));
      docs.add(CodeStepsTest.file("r" + random.nextInt(3), "m" + i + ".py", text, Map.of()));
    }
    int most = 50 + random.nextInt(600);
    var all = joined(new JoinRepository("", most), docs);
    var paths = new TreeSet<String>();
    int files = 0;
    for (var doc : all) {
      var inside = doc.metadata().get("files").lines().toList();
      files += inside.size();
      inside.forEach(line -> paths.add(line.split("\t")[0]));
      int bytes = doc.text().getBytes(StandardCharsets.UTF_8).length;
      assertThat(inside.size() == 1 || bytes <= most).isTrue();
    }
    assertThat(files).isEqualTo(docs.size());
    assertThat(paths).hasSize(docs.size());
    assertThat(joined(new JoinRepository("", most), docs)).isEqualTo(all);
  }

  @Test
  void codeIsComparedWithoutWhatSaysLittle() {
    var body = new StringBuilder();
    for (var word : "one two three four five six seven eight nine ten eleven twelve".split(" ")) {
      body.append("  int ")
          .append(word)
          .append("(int x) { return x * other")
          .append(word)
          .append("(x); }\n");
    }
    var docs = List.of(
        CodeStepsTest.file(
            "r",
            "A.java",
            "package a;\nimport b.C;\n/** Says. */\nclass A {\n" + body + "}\n",
            Map.of()),
        CodeStepsTest.file(
            "s",
            "A.java",
            "// Said at length by others in quite other words.\npackage z.y.x;\nclass A {\n" + body
                + "}\n",
            Map.of()),
        CodeStepsTest.file(
            "t",
            "A.java",
            "/*\n" + body + "*/\nclass A {" + " long y = y * y;".repeat(20) + " }\n",
            Map.of()));
    var bare = new NearDuplicates(5, 64, 2, 1, 0.9, true, "", "", "", true);
    var plain = new NearDuplicates(5, 64, 2, 1, 0.9, true, "", "", "", false);
    assertThat(dropped(bare, docs)).containsExactly("r!/A.java");
    assertThat(dropped(plain, docs)).isEmpty();
  }

  private static List<String> dropped(CorpusStep step, List<Doc> docs) {
    try {
      var scratch = Files.createTempDirectory("same");
      var judge = step.judge(Sketches.of(docs.stream().map(step::sketch).toList(), scratch));
      var dropped = IntStream.range(0, docs.size())
          .filter(i -> judge.judge(i, docs.get(i)) instanceof Verdict.Drop)
          .mapToObj(i -> docs.get(i).id())
          .toList();
      Files.deleteIfExists(scratch);
      return dropped;
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}

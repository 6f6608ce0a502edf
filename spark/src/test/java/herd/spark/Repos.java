package herd.spark;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import tools.jackson.databind.json.JsonMapper;

/// Repositories of source code: in archives, and file by file in rows of several files, in no
/// order.
final class Repos {
  private static final List<String> LICENCES = List.of(
      "The MIT License (MIT)\n",
      "  Apache License\n  Version 2.0, January 2004\n",
      "GNU GENERAL PUBLIC LICENSE\nVersion 3, 29 June 2007\nTERMS AND CONDITIONS\n",
      "all is ours\n");
  private static final List<String> HEADS =
      List.of("", "", "# SPDX-License-Identifier: ISC\n", "# SPDX-License-Identifier: GPL-3.0\n");

  private record Code(String path, String text) {}

  private final Random random;

  Repos(long seed) {
    random = new Random(seed);
  }

  /// Modules that import each other, READMEs, licences and descriptions of packages in several
  /// folders; some repositories have none of these.
  private List<Code> repository() {
    var files = new ArrayList<Code>();
    int modules = 1 + random.nextInt(12);
    boolean says = random.nextInt(5) > 0;
    int head = random.nextInt(3);
    for (int i = 0; i < modules; i++) {
      var folder = List.of("", "a/", "a/b/").get(random.nextInt(3));
      files.add(new Code(folder + "m" + i + ".py", HEADS.get(head) + module(modules)));
      head = random.nextInt(3) == 0 ? random.nextInt(HEADS.size()) : head;
    }
    if (says) {
      files.add(new Code("LICENSE", LICENCES.get(random.nextInt(LICENCES.size()))));
      files.add(new Code("README.md", "# Ünter " + random.nextInt(9) + "\n"));
    }
    if (random.nextInt(3) == 0) {
      files.add(new Code("a/LICENSE-MIT", LICENCES.getFirst()));
      files.add(new Code("a/LICENSE-APACHE", LICENCES.get(1)));
      files.add(new Code("a/b/package.json", "{\"license\": \"ISC OR GPL-3.0\"}"));
    }
    Collections.shuffle(files, random);
    return files;
  }

  private String module(int modules) {
    var text = new StringBuilder();
    for (int i = random.nextInt(3); i > 0; i--) {
      text.append("import m").append(random.nextInt(modules)).append('\n');
    }
    for (int i = 1 + random.nextInt(12); i > 0; i--) {
      var name = Integer.toString(random.nextInt(1 << 20), 26).replaceAll("\\d", "z");
      text.append(name).append(" = \"é ").append(random.nextInt(30)).append("\"\n");
    }
    return text.toString();
  }

  private static String row(String repo, Code file) {
    return JsonMapper.shared()
        .writeValueAsString(Map.of("text", file.text(), "repo", repo, "path", file.path()));
  }

  private void archive(Path file) throws IOException {
    var bytes = new ByteArrayOutputStream();
    try (var zip = new ZipOutputStream(bytes)) {
      for (var code : repository()) {
        zip.putNextEntry(new ZipEntry("package/" + code.path()));
        zip.write(code.text().getBytes(StandardCharsets.UTF_8));
      }
    }
    Files.write(file, bytes.toByteArray());
  }

  /// Writes them; files in different folders have the same names.
  void write(Path folder) throws IOException {
    var rows = new ArrayList<String>();
    for (int i = 0; i < 24; i++) {
      for (var file : repository()) {
        rows.add(row("repo" + i, file));
      }
    }
    Collections.shuffle(rows, random);
    for (int i = 0; i < 4; i++) {
      var in = Files.createDirectories(folder.resolve("f" + i));
      int from = rows.size() * i / 4;
      Files.write(in.resolve("rows.jsonl"), rows.subList(from, rows.size() * (i + 1) / 4));
      archive(in.resolve("code.zip"));
    }
  }
}

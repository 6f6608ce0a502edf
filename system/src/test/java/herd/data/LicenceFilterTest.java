package herd.data;

import herd.data.LicenceFilter.Unknown;
import herd.data.code.Languages;
import herd.data.code.LicenceFiles;
import herd.engine.UserError;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/// The licences of repositories. Lines from real files say where they are from.
class LicenceFilterTest {
  private static final String MIT = """
      The MIT License (MIT)
      Copyright (c) 2014 Jane Roe
      Permission is hereby granted, free of charge, to any person obtaining a copy of this software,
      subject to: The above copyright notice and this permission notice shall be included.
      """;
  private static final String APACHE = "  Apache License\n  Version 2.0, January 2004\n";
  private static final String GPL =
      "GNU GENERAL PUBLIC LICENSE\nVersion 3, 29 June 2007\nTERMS AND CONDITIONS\n";

  private static final LicenceFilter USUAL =
      new LicenceFilter(List.of("permissive", "public-domain"), Unknown.DROP);

  /// Path to licence, or to the reason for dropping.
  private static Map<String, String> verdicts(LicenceFilter step, List<Doc> docs) {
    var sketches = docs.parallelStream().map(step::sketch).toList();
    var judge = step.judge(Sketches.of(sketches, Path.of("unused")));
    var all = new LinkedHashMap<String, String>();
    IntStream.range(0, docs.size()).forEach(i -> {
      var says =
          switch (judge.judge(i, docs.get(i))) {
            case Verdict.Drop(String reason) -> reason;
            case Verdict.Keep(Doc doc) -> doc.metadata().getOrDefault("licence", "kept");
          };
      all.put(docs.get(i).metadata().get("repo") + ":" + docs.get(i).metadata().get("path"), says);
    });
    return all;
  }

  /// Paths and texts in turn, all of one repository.
  private static Map<String, String> verdicts(String... pathsAndTexts) {
    var docs = new ArrayList<Doc>();
    for (int i = 0; i < pathsAndTexts.length; i += 2) {
      docs.add(CodeStepsTest.file("r", pathsAndTexts[i], pathsAndTexts[i + 1], Map.of()));
    }
    return verdicts(USUAL, docs);
  }

  @Test
  void theNearestLicenceFileCounts() {
    assertThat(verdicts(
            "LICENSE",
            MIT,
            "a.py",
            "x",
            "lib/gnu/COPYING",
            GPL,
            "lib/gnu/b/c.py",
            "x",
            "lib/d.py",
            "x"))
        .containsEntry("r:a.py", "MIT")
        .containsEntry("r:lib/gnu/b/c.py", "licence-copyleft")
        .containsEntry("r:lib/d.py", "MIT");
    assertThat(verdicts("META-INF/LICENSE.txt", APACHE, "org/A.java", "class A {}"))
        .containsEntry("r:org/A.java", "Apache-2.0");
    assertThat(verdicts("LICENSE", "All ours. Ask us.", "a.py", "x"))
        .containsEntry("r:a.py", "licence-unknown");
    assertThat(verdicts("a.py", "x")).containsEntry("r:a.py", "licence-missing");
  }

  @Test
  void whatAFileSaysOfItselfCountsMore() {
    assertThat(verdicts(
            "LICENSE", GPL,
            "a.c", "/* SPDX-License-Identifier: MIT */\nint x;",
            "b.c", "// Licensed under the Apache License, Version 2.0\nint x;",
            "c.c", "int x; // MIT",
            "d.c", "char *s = \"SPDX-License-Identifier: MIT\";"))
        .containsEntry("r:a.c", "MIT")
        .containsEntry("r:b.c", "Apache-2.0")
        .containsEntry("r:c.c", "licence-copyleft")
        .containsEntry("r:d.c", "licence-copyleft");
  }

  @Test
  void withoutLicenceFilesTheOthersHeadsCount() {
    var head = "/* Licensed under the Apache License, Version 2.0 */\nclass A {}";
    assertThat(verdicts("A.java", head, "B.java", "class B {}"))
        .containsEntry("r:B.java", "Apache-2.0");
    assertThat(verdicts("A.java", head, "B.java", "class B {}", "C.java", "class C {}"))
        .containsEntry("r:B.java", "licence-missing");
  }

  @Test
  void choicesAndSeveralTexts() {
    assertThat(verdicts("LICENSE-MIT", MIT, "LICENSE-APACHE", APACHE, "src/lib.rs", "fn f() {}"))
        .containsEntry("r:src/lib.rs", "Apache-2.0 OR MIT");
    assertThat(verdicts("LICENSE", MIT, "COPYING", GPL, "a.py", "x"))
        .containsEntry("r:a.py", "licence-copyleft");
    assertThat(verdicts(
            "COPYING",
            GPL,
            "COPYING.LESSER",
            "GNU Lesser General Public License\nVersion 3",
            "a.c",
            "x"))
        .containsEntry("r:a.c", "licence-weak-copyleft");
  }

  @ParameterizedTest
  @CsvSource(quoteCharacter = '`', delimiter = '|', textBlock = """
      package.json|{"name": "x", "license": "MIT"}|MIT
      package.json|{"licenses": [{"type": "MIT"}, {"type": "Apache 2.0"}]}|MIT OR Apache-2.0
      Cargo.toml|license = "MIT/Apache-2.0"|MIT OR Apache-2.0
      pyproject.toml|license = {text = "BSD-3-Clause"}|BSD-3-Clause
      setup.py|setup(license='Apache License 2.0',)|Apache-2.0
      PKG-INFO|Classifier: License :: OSI Approved :: MIT License|MIT
      PKG-INFO|License: GPLv3|licence-copyleft
      METADATA|License-Expression: (MIT AND PSF-2.0) OR GPL-2.0-or-later|(MIT AND PSF-2.0) OR GPL-2.0-or-later
      pom.xml|<licenses><license><name>The Apache Software License, Version 2.0</name></license></licenses>|Apache-2.0
      pom.xml|<licenses><license><name>EPL 2.0</name></license><license><name>EDL 1.0</name></license></licenses>|EPL-2.0 OR BSD-3-Clause
      META-INF/MANIFEST.MF|Bundle-License: https://www.apache.org/licenses/LICENSE-2.0.txt|Apache-2.0
      x.gemspec|  s.licenses = ["MIT"]|MIT
      """)
  void packagesSayTheirs(String file, String text, String licence) {
    assertThat(verdicts(file, text, "src/a.py", "x")).containsEntry("r:src/a.py", licence);
  }

  @ParameterizedTest
  @CsvSource(quoteCharacter = '`', delimiter = '|', textBlock = """
      Multiple-Licensed under the MPL 2.0, and the EPL 1.0|MPL-2.0 OR EPL-1.0
      SPDX-License-Identifier: EPL-2.0 OR Apache-2.0 */|EPL-2.0 OR Apache-2.0
      under the terms of the GNU Lesser General Public License as published by the FSF; either version 2.1 of the License, or (at your option) any later version|LGPL-2.1-or-later
      GNU General Public License version 2 only, with the Classpath exception|GPL-2.0-only WITH Classpath-exception-2.0
      Redistribution and use in source and binary forms, with or without modification, are permitted. Neither the name of X|BSD-3-Clause
      released to the public domain, as explained at http://creativecommons.org/publicdomain/zero/1.0/ (licence)|CC0-1.0
      licensed under a Creative Commons Attribution-NonCommercial-ShareAlike 3.0 License|CC-BY-NC-SA-3.0
      Use of this source code is governed by a BSD-style license in the LICENSE file|
      Checks that a licence plate is right|
      """)
  void headsOfFiles(String says, String licence) {
    var text = "/* Copyright X.\n * " + says.replace(". ", ".\n * ") + "\n */\nint x;";
    assertThat(LicenceFiles.ofHead(text, Languages.named("c"))).isEqualTo(licence);
  }

  @Test
  void moreOrLessCanBeAllowed() {
    var docs = List.of(
        CodeStepsTest.file("a", "COPYING", GPL, Map.of()),
        CodeStepsTest.file("a", "x.c", "x", Map.of()),
        CodeStepsTest.file("b", "LICENSE", MIT, Map.of()),
        CodeStepsTest.file("b", "x.c", "x", Map.of()),
        CodeStepsTest.file("c", "x.c", "x", Map.of()));
    assertThat(verdicts(new LicenceFilter(List.of("GPL-3.0-only"), Unknown.KEEP), docs))
        .containsEntry("a:x.c", "GPL-3.0-only")
        .containsEntry("b:x.c", "licence-permissive")
        .containsEntry("c:x.c", "kept");
    assertThatThrownBy(() -> new LicenceFilter(List.of("free"), Unknown.DROP))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("free");
  }

  @Property(tries = 60)
  void theOrderOfFilesDoesNotMatterAndASecondTimeChangesNothing(@ForAll long seed) {
    var random = new Random(seed);
    var texts = List.of(
        MIT, APACHE, GPL, "x", "// SPDX-License-Identifier: ISC\nx", "{\"license\": \"MIT\"}");
    var names =
        List.of("LICENSE", "COPYING", "package.json", "a.c", "b.js", "NOTICE", "LICENSE-MIT");
    var docs = new ArrayList<Doc>();
    for (var repo : List.of("r", "s")) {
      for (var folder : List.of("", "a/", "a/b/", "c/META-INF/")) {
        for (var name : names) {
          if (random.nextInt(3) > 0) {
            docs.add(CodeStepsTest.file(
                repo, folder + name, texts.get(random.nextInt(texts.size())), Map.of()));
          }
        }
      }
    }
    var first = verdicts(USUAL, docs);
    Collections.shuffle(docs, random);
    assertThat(verdicts(USUAL, docs)).isEqualTo(first);
    var other =
        docs.stream().filter(doc -> doc.metadata().get("repo").equals("s")).toList();
    verdicts(USUAL, other).forEach((path, says) -> assertThat(first).containsEntry(path, says));
  }

  @Property(tries = 200)
  void anyTextIsJudged(@ForAll String text, @ForAll boolean legal) {
    var file = legal ? "licence copyright " + text : text;
    for (var path : List.of("LICENSE", "pom.xml", "package.json", "PKG-INFO", "a.c", "NOTICE")) {
      assertThat(verdicts(path, file)).hasSize(1);
    }
  }
}

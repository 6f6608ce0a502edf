package herd.data.code;

import herd.data.code.RepositoryFiles.File;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class RepositoryFilesTest {
  /// Paths and texts in turn.
  private static List<File> files(String... pathsAndTexts) {
    var files = new ArrayList<File>();
    for (int i = 0; i < pathsAndTexts.length; i += 2) {
      var language = Languages.of(pathsAndTexts[i], pathsAndTexts[i + 1]);
      var imports = Imports.of(pathsAndTexts[i + 1], language);
      files.add(new File(pathsAndTexts[i], language == null ? "" : language.name(), imports));
    }
    return files;
  }

  /// Paths of what the first file needs.
  private static Set<String> needs(String... pathsAndTexts) {
    var files = files(pathsAndTexts);
    var paths = new TreeSet<String>();
    new RepositoryFiles(files).needs(0).forEach(i -> paths.add(files.get(i).path()));
    return paths;
  }

  private static List<String> order(List<File> files) {
    return new RepositoryFiles(files)
        .order().stream().map(i -> files.get(i).path()).toList();
  }

  @Test
  void java() {
    assertThat(needs(
            "m/src/org/x/A.java",
            """
            package org.x;
            import org.x.y.B;
            import static org.x.y.C.f;
            import org.x.z.*;
            import java.util.List;
            // import org.x.y.Not;
            class A { List<Same> a; D d; String s = "Quoted"; }
            """,
            "m/src/org/x/y/B.java",
            "",
            "m/src/org/x/y/C.java",
            "",
            "m/src/org/x/y/Not.java",
            "",
            "m/src/org/x/z/D.java",
            "",
            "m/src/org/x/z/E.java",
            "",
            "m/src/org/x/Same.java",
            "",
            "m/src/org/x/Quoted.java",
            ""))
        .containsExactly(
            "m/src/org/x/Same.java",
            "m/src/org/x/y/B.java",
            "m/src/org/x/y/C.java",
            "m/src/org/x/z/D.java");
  }

  @Test
  void python() {
    assertThat(needs(
            "p/src/pkg/sub/a.py",
            """
            import os, pkg.one as one
            from . import near
            from ..up import f
            from pkg import (two,
                three as t)
            from pkg.sub.names import N
            \"""
            from pkg import not_this
            \"""
            """,
            "p/src/pkg/one.py",
            "",
            "p/src/pkg/two.py",
            "",
            "p/src/pkg/three/__init__.py",
            "",
            "p/src/pkg/sub/near.py",
            "",
            "p/src/pkg/up.py",
            "",
            "p/src/pkg/sub/names.py",
            "",
            "p/src/pkg/not_this.py",
            "",
            "p/src/pkg/deep/er/os.py",
            ""))
        .containsExactly(
            "p/src/pkg/one.py",
            "p/src/pkg/sub/names.py",
            "p/src/pkg/sub/near.py",
            "p/src/pkg/three/__init__.py",
            "p/src/pkg/two.py",
            "p/src/pkg/up.py");
  }

  @Test
  void scripts() {
    assertThat(needs(
            "src/a.ts",
            """
            import { b } from './b';
            import type c from "../lib/c.js";
            export * from './d';
            const e = require('./e.json'), f = await import('./f');
            // import './no'
            import react from 'react';
            """,
            "src/b.tsx",
            "",
            "lib/c.ts",
            "",
            "src/d/index.ts",
            "",
            "src/e.json",
            "",
            "src/f.mjs",
            "",
            "src/no.ts",
            "",
            "react.js",
            ""))
        .containsExactly("lib/c.ts", "src/b.tsx", "src/d/index.ts", "src/e.json", "src/f.mjs");
  }

  @Test
  void c() {
    assertThat(needs(
            "src/a.c",
            "#include \"a.h\"\n# include <x/b.h>\n#include <stdio.h>\n/* #include \"no.h\" */\n",
            "src/a.h",
            "",
            "include/x/b.h",
            "",
            "other/y/x/b.h",
            "",
            "src/no.h",
            ""))
        .containsExactly("include/x/b.h", "src/a.h");
  }

  @Test
  void go() {
    assertThat(needs(
            "m@v1/a_test.go",
            "package m\nimport (\n  \"fmt\"\n  d \"github.com/u/m/doc\"\n)\nimport \"net/http\"\n",
            "m@v1/doc/x.go",
            "",
            "m@v1/doc/x_test.go",
            "",
            "m@v1/b.go",
            "",
            "m@v1/http/c.go",
            ""))
        .containsExactly("m@v1/b.go", "m@v1/doc/x.go");
  }

  @Test
  void rust() {
    assertThat(needs(
            "c/src/lib.rs",
            "pub mod a;\nmod b;\nmod inline { }\nuse crate::{b::{self, X}, d::e::F};\nuse std::fmt;",
            "c/src/a.rs",
            "",
            "c/src/b/mod.rs",
            "",
            "c/src/d/e.rs",
            "",
            "c/src/inline.rs",
            ""))
        .containsExactly("c/src/a.rs", "c/src/b/mod.rs", "c/src/d/e.rs");
    assertThat(needs(
            "c/src/a/b.rs",
            "use super::c::X;\nuse self::inner::Y;\nuse crate::Z;",
            "c/src/a/c.rs",
            "",
            "c/src/a/b/inner.rs",
            "",
            "c/src/lib.rs",
            ""))
        .containsExactly("c/src/a/b/inner.rs", "c/src/a/c.rs", "c/src/lib.rs");
  }

  @Test
  void readmesFirstThenEachFileAfterWhatItNeeds() {
    assertThat(order(files(
            "p/a.py", "import p.z",
            "p/docs/README.md", "",
            "p/z.py", "import p.m",
            "p/m.py", "",
            "README.rst", "",
            "p/b.py", "import p.c",
            "p/c.py", "import p.b")))
        .containsExactly(
            "README.rst", "p/m.py", "p/z.py", "p/a.py", "p/c.py", "p/b.py", "p/docs/README.md");
  }

  @Property(tries = 100)
  void everyFileOnceAfterItsNeedsWhateverTheOrderOfTheFiles(@ForAll long seed) {
    var random = new Random(seed);
    int size = 1 + random.nextInt(30);
    boolean circles = random.nextBoolean();
    var names = new ArrayList<>(IntStream.range(0, size).mapToObj(i -> "m" + i).toList());
    Collections.shuffle(names, random);
    var files = new ArrayList<File>();
    for (int i = 0; i < size; i++) {
      var imports = new TreeSet<String>();
      for (int k = random.nextInt(4); k > 0; k--) {
        imports.add(".:" + names.get(random.nextInt(circles ? size : i + 1)));
      }
      files.add(new File("p/" + names.get(i) + ".py", "python", List.copyOf(imports)));
    }
    var order = order(files);
    assertThat(order).hasSize(size).doesNotHaveDuplicates();
    var shuffled = new ArrayList<>(files);
    Collections.shuffle(shuffled, random);
    assertThat(order(shuffled)).isEqualTo(order);
    if (!circles) {
      var before = new HashSet<String>();
      for (var path : order) {
        var file = files.stream().filter(f -> f.path().equals(path)).findAny().orElseThrow();
        for (var reference : file.imports()) {
          var needed = "p/" + reference.substring(2) + ".py";
          assertThat(needed.equals(path) || before.contains(needed)).isTrue();
        }
        before.add(path);
      }
    }
  }

  @Property(tries = 200)
  void importsOfAnyTextAreFoundOrNot(@ForAll String text) {
    for (var language : Languages.all()) {
      assertThat(Imports.of("import " + text + "\nuse crate::" + text + ";\n", language))
          .isNotNull();
    }
  }
}

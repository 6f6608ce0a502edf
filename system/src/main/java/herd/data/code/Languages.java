package herd.data.code;

import herd.data.code.Language.Style;
import herd.data.code.Language.Type;
import java.util.Collection;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/// Which language a file is in: by its name, its ending, the program that its first line names, and
/// where several languages share an ending by what stands in it.
public final class Languages {
  /// A language a line: name, type, style, then endings (`.x`), whole names (`=X`) and interpreters
  /// (`!x`).
  private static final String TABLE = """
      java programming slash .java
      kotlin programming slash .kt .kts
      scala programming slash .scala .sc .sbt
      groovy programming slash .groovy .gradle .gvy =Jenkinsfile !groovy
      clojure programming semicolon .clj .cljs .cljc .edn
      python programming python .py .pyi .pyw .pyx .pxd =SConstruct =SConscript =wscript !python
      javascript programming slash_back_quotes .js .mjs .cjs .jsx !node !nodejs
      typescript programming slash_back_quotes .ts .tsx .mts .cts !ts-node !deno
      vue programming angles .vue
      svelte programming angles .svelte
      c programming slash .c .h
      c++ programming slash .cc .cpp .cxx .hpp .hh .hxx .ipp .tpp .inl .c++ .h++
      objective-c programming slash .m .mm
      c# programming slash .cs .csx
      f# programming parentheses .fs .fsx .fsi
      visual-basic programming quote .vb .bas .vbs
      go programming slash_back_quotes .go
      rust programming rust .rs
      swift programming slash .swift
      dart programming slash .dart
      zig programming slash .zig
      nim programming hash .nim
      d programming slash .d .di
      v programming slash
      ruby programming hash .rb .rake .gemspec .ru =Gemfile =Rakefile =Podfile =Vagrantfile !ruby
      crystal programming hash .cr
      php programming php .php .phtml .php5 .inc !php
      perl programming hash .pl .pm .t .pod !perl
      prolog programming percent .pro .prolog
      r programming hash .r !rscript
      julia programming hash .jl !julia
      matlab programming percent
      lua programming dashes .lua !lua
      haskell programming dashes .hs .lhs
      elm programming dashes .elm
      purescript programming dashes .purs
      ocaml programming parentheses .ml .mli
      coq programming parentheses
      erlang programming percent .erl .hrl !escript
      elixir programming hash .ex .exs !elixir
      common-lisp programming semicolon .lisp .lsp .cl
      emacs-lisp programming semicolon .el
      scheme programming semicolon .scm .ss .sld !guile
      racket programming semicolon .rkt !racket
      fortran programming exclamation .f .f77 .f90 .f95 .f03 .f08 .for
      pascal programming slash .pas .dpr .lpr
      ada programming dashes .adb .ads
      cobol programming none .cob .cbl
      assembly programming semicolon .asm .s .nasm
      verilog programming slash .v .sv .svh
      vhdl programming dashes .vhd .vhdl
      solidity programming slash .sol
      cuda programming slash .cu .cuh
      opencl programming slash .opencl
      glsl programming slash .glsl .vert .frag .geom
      hlsl programming slash .hlsl
      sql programming dashes .sql .ddl .psql
      shell programming hash .sh .bash .zsh .ksh .bats !sh !bash !zsh !ksh !dash
      fish programming hash .fish !fish
      powershell programming hash .ps1 .psm1 .psd1 !pwsh
      batch programming none .bat .cmd
      awk programming hash .awk !awk !gawk
      tcl programming hash .tcl .tk !tclsh !wish
      vim-script programming none .vim
      makefile programming hash .mk .mak =Makefile =makefile =GNUmakefile !make
      cmake programming hash .cmake =CMakeLists.txt
      dockerfile programming hash .dockerfile =Dockerfile =Containerfile
      starlark programming python .bzl .bazel .star =BUILD =WORKSPACE
      hcl programming hash .tf .hcl .tfvars
      nix programming hash .nix
      protocol-buffers programming slash .proto
      thrift programming slash .thrift
      graphql programming hash .graphql .gql
      antlr programming slash .g4 .g
      yacc programming slash .y .yy
      lex programming slash .l .lex
      tex markup percent .tex .sty .cls .bib .ltx
      html markup angles .html .htm .xhtml .shtml
      css markup stars .css
      scss markup slash .scss
      sass markup slash .sass
      less markup slash .less
      stylus markup slash .styl
      jupyter-notebook data none .ipynb
      json data none .json .jsonl .geojson .webmanifest .json5 .jsonc
      xml data angles .xml .xsd .xsl .xslt .wsdl .svg .plist .csproj .vcxproj .fxml .pom .nuspec
      yaml data hash .yaml .yml
      toml data hash .toml
      ini data hash .ini .cfg .conf .properties .editorconfig
      csv data none .csv .tsv
      manifest data none .mf .mod .sum .lock =PKG-INFO =METADATA =DESCRIPTION
      subtitles data none .srt .vtt
      markdown prose angles .md .markdown .mdx
      restructuredtext prose none .rst
      asciidoc prose slash .adoc .asciidoc
      textile prose none .textile
      org prose hash .org
      text prose none .txt .text .log =README =CHANGELOG =CHANGES =AUTHORS =CONTRIBUTORS =NEWS =TODO
      """;

  private static final Pattern SHEBANG = Pattern.compile(
      "^#!\\s*(?:\\S*/)?([A-Za-z][\\w.+-]*)(?:[ \\t]+(?:-\\S+[ \\t]+)*([\\w.+-]+))?");

  /// What only C++ has, in a header.
  private static final Pattern CPP = Pattern.compile("(?m)^\\s*(?:class\\s+\\w+[^;]*$|template\\s*<"
      + "|namespace\\s+\\w|using\\s+\\w|(?:public|private|protected):|#include\\s*<[a-z_]+>)"
      + "|\\bstd::|\\bvirtual\\s");

  private static final Pattern OBJECTIVE_C = Pattern.compile(
      "(?m)^\\s*(?:@(?:interface|implementation|protocol|class|import|end)\\b|#import)");

  private static final Pattern PERL =
      Pattern.compile("(?m)^\\s*(?:use\\s+\\w|package\\s+\\w|sub\\s+\\w|my\\s+[$@%])");

  private static final Map<String, Language> NAMES = new TreeMap<>();
  private static final Map<String, Language> BY_ENDING = new HashMap<>();
  private static final Map<String, Language> BY_FILE = new HashMap<>();
  private static final Map<String, Language> BY_PROGRAM = new HashMap<>();

  static {
    TABLE.lines().map(line -> line.split(" ")).forEach(words -> {
      var type = Type.valueOf(words[1].toUpperCase(Locale.ROOT));
      var style = Style.valueOf(words[2].toUpperCase(Locale.ROOT));
      var language = new Language(words[0], type, style);
      NAMES.put(words[0], language);
      for (int i = 3; i < words.length; i++) {
        var by = words[i].charAt(0) == '.'
            ? BY_ENDING
            : words[i].charAt(0) == '=' ? BY_FILE : BY_PROGRAM;
        by.put(words[i].substring(1), language);
      }
    });
  }

  private Languages() {}

  /// All that are known, by name.
  public static Collection<Language> all() {
    return NAMES.values();
  }

  /// The language of that name, null if it is not known.
  public static Language named(String name) {
    return NAMES.get(name);
  }

  /// The language of a file, null if it is not known.
  /// @param path with `/` between folders
  public static Language of(String path, String text) {
    var file = path.substring(path.lastIndexOf('/') + 1);
    var byFile = BY_FILE.get(file);
    if (byFile != null) {
      return byFile;
    }
    int dot = file.lastIndexOf('.');
    var ending = dot < 0 ? "" : file.substring(dot + 1);
    var language = BY_ENDING.get(ending.toLowerCase(Locale.ROOT));
    if (language == null) {
      return program(text);
    }
    var head = text.substring(0, Math.min(text.length(), 1 << 15));
    return switch (ending) {
      case "h" ->
        OBJECTIVE_C.matcher(head).find()
            ? named("objective-c")
            : CPP.matcher(head).find() ? named("c++") : language;
      case "H", "C" -> named("c++");
      case "m" ->
        OBJECTIVE_C.matcher(head).find() || head.contains("/*") ? language : named("matlab");
      case "pl", "t" ->
        PERL.matcher(head).find() || head.startsWith("#!")
            ? language
            : ending.equals("t") ? null : named("prolog");
      case "v" ->
        head.contains("Require Import") || head.contains("Qed.") ? named("coq") : language;
      case "ts" ->
        head.startsWith("<?xml") || head.contains("<!DOCTYPE TS>") ? named("xml") : language;
      case "cls", "inc" -> head.contains("\\") || head.contains("<?php") ? language : null;
      case "fs" -> head.contains("#version") || head.contains("gl_") ? named("glsl") : language;
      case "cl" -> head.contains("__kernel") ? named("opencl") : language;
      default -> language;
    };
  }

  /// The language of the program that the first line names.
  private static Language program(String text) {
    if (!text.startsWith("#!")) {
      return null;
    }
    int end = text.indexOf('\n');
    var shebang = SHEBANG.matcher(
        text.substring(0, end < 0 ? Math.min(text.length(), 200) : Math.min(end, 200)));
    if (!shebang.find()) {
      return null;
    }
    var first = shebang.group(1);
    boolean through = first.equals("env") && shebang.group(2) != null;
    var name = (through ? shebang.group(2) : first).toLowerCase(Locale.ROOT);
    return BY_PROGRAM.get(name.replaceFirst("[\\d.]+$", ""));
  }
}

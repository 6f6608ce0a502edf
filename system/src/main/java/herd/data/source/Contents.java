package herd.data.source;

import herd.data.html.Decoding;
import herd.data.office.OfficeFile;
import java.util.Set;
import java.util.regex.Pattern;

/// What a file says, by the ending of its name.
sealed interface Contents {
  /// @param kind `page`, `code` or `text`
  /// @param title as the file itself gives it, else empty
  record Text(String kind, String title, String text) implements Contents {}

  /// @param reason in kebab case
  record None(String reason) implements Contents {}

  /// Endings of pages.
  Set<String> PAGES = Set.of("html", "htm", "xhtml", "shtml");

  /// Endings of source code.
  Set<String> CODE = Set.of(
      "java",
      "kt",
      "scala",
      "groovy",
      "clj",
      "py",
      "pyi",
      "ipynb",
      "js",
      "mjs",
      "cjs",
      "jsx",
      "ts",
      "tsx",
      "vue",
      "c",
      "h",
      "cc",
      "cpp",
      "cxx",
      "hpp",
      "hh",
      "cs",
      "fs",
      "vb",
      "go",
      "rs",
      "rb",
      "php",
      "pl",
      "pm",
      "swift",
      "m",
      "mm",
      "r",
      "jl",
      "lua",
      "hs",
      "ml",
      "mli",
      "elm",
      "ex",
      "exs",
      "erl",
      "dart",
      "zig",
      "nim",
      "d",
      "pas",
      "f",
      "f90",
      "f95",
      "asm",
      "s",
      "sql",
      "sh",
      "bash",
      "zsh",
      "fish",
      "ps1",
      "bat",
      "cmd",
      "awk",
      "tcl",
      "el",
      "lisp",
      "scm",
      "rkt",
      "vim",
      "cmake",
      "mk",
      "gradle",
      "proto",
      "thrift",
      "graphql",
      "tf",
      "css",
      "scss",
      "less",
      "v",
      "sv",
      "vhd",
      "sol",
      "cu",
      "cl",
      "glsl",
      "tex",
      "sty",
      "cls",
      "dockerfile",
      "makefile");

  /// Endings of plain text.
  Set<String> TEXTS = Set.of(
      "",
      "txt",
      "text",
      "md",
      "markdown",
      "rst",
      "adoc",
      "asciidoc",
      "org",
      "textile",
      "log",
      "csv",
      "tsv",
      "srt",
      "vtt",
      "json",
      "xml",
      "yaml",
      "yml",
      "toml",
      "ini",
      "cfg",
      "mf",
      "mod",
      "lock",
      "gemspec",
      "properties");

  /// Files that say what may be done with others: `LICENSE-MIT`, `COPYING.LESSER`.
  Pattern LEGAL =
      Pattern.compile("(?i)(?:.*/)?(?:(?:un)?licen[cs]e|copying|copyright|notice)[-._][\\w.+-]*");

  /// Whether a file of this name can be read.
  static boolean known(String name) {
    var ending = Reading.ending(name);
    return LEGAL.matcher(name).matches()
        || PAGES.contains(ending)
        || CODE.contains(ending)
        || TEXTS.contains(ending)
        || OfficeFile.ENDINGS.contains(ending);
  }

  /// Reads a file.
  /// @param most characters of the text of an office file
  static Contents of(String name, byte[] bytes, long most) {
    var ending = Reading.ending(name);
    if (OfficeFile.ENDINGS.contains(ending)) {
      return switch (OfficeFile.read(ending, bytes, most)) {
        case OfficeFile.Text(String title, String text) ->
          new Text("text", title, Rows.whole(text));
        case OfficeFile.None(String reason) -> new None(reason);
      };
    }
    boolean page = PAGES.contains(ending);
    var text = page ? Decoding.html(bytes) : Decoding.text(bytes);
    if (text == null) {
      return new None("not-text");
    }
    return new Text(page ? "page" : CODE.contains(ending) ? "code" : "text", "", text);
  }
}

package herd.data.code;

import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/// Signs that a program wrote a file.
public final class GeneratedMarks {
  /// Characters at the beginning in which a program says that it was there.
  private static final int HEAD = 4000;

  private static final Set<String> LOCK_FILES = Set.of(
      "package-lock.json",
      "npm-shrinkwrap.json",
      "yarn.lock",
      "pnpm-lock.yaml",
      "bun.lock",
      "deno.lock",
      "cargo.lock",
      "poetry.lock",
      "pdm.lock",
      "uv.lock",
      "pipfile.lock",
      "conda-lock.yml",
      "composer.lock",
      "gemfile.lock",
      "podfile.lock",
      "cartfile.resolved",
      "package.resolved",
      "go.sum",
      "gopkg.lock",
      "glide.lock",
      "gradle.lockfile",
      "mix.lock",
      "rebar.lock",
      "pubspec.lock",
      "flake.lock",
      "packages.lock.json",
      "paket.lock",
      ".terraform.lock.hcl",
      "esy.lock");

  /// Endings that only generators give.
  private static final Pattern NAME = Pattern.compile(
      "\\.pb\\.(?:go|cc|h|c|dart|swift|gw\\.go)$|_pb2(?:_grpc)?\\.pyi?$|_pb\\.(?:js|ts|d\\.ts|rb)$"
          + "|\\.(?:designer|feature|generated|g|g\\.i)\\.(?:cs|vb)$|\\.(?:g|freezed|mocks)\\.dart$"
          + "|[._-]generated\\.[a-z0-9]+$|^zz_generated|^bindata\\.go$|_string\\.go$"
          + "|^(?:r|buildconfig)\\.java$|\\.zep\\.[ch]$|^\\.pnp\\.|\\.tlh$|\\.xcuserstate$"
          + "|^(?:moc|ui|qrc)_.*\\.(?:cpp|h)$|(?:parser|lexer)\\.interp$|\\.tokens$");

  private static final String MADE =
      "(?:auto(?:matically|matic)?|machine|mechanically|programmatically)";

  private static final String FILE =
      "(?:file|class|code|source|module|script|header|interface|enum|type|program|document|package"
          + "|parser|lexer|scanner|table|list|content|section|stub|record)s?";

  /// What programs write into what they wrote.
  private static final Pattern SAYS = Pattern.compile(
      "@generated\\b(?! ?by default)"
          + "|\\bdo(?: not|n't) (?:edit|modify|change|touch)(?! the)\\b[^.]{0,80}\\bgenerat"
          + "|\\bgenerat(?:ed|or)\\b[^.]{0,80}[.;:,!*/ \\n-]{0,12}(?:please )?do(?: not|n't)"
          + " (?:hand-?)?(?:edit|modify|change|alter)\\b"
          + "|\\bthis " + FILE + " (?:is|was|has been|were|are|have been)(?: an?| " + MADE
          + "| being){0,4}[ -]"
          + MADE + "?[ -]?generated\\b"
          + "|^\\W{0,40}(?:this is |warning:? |note:? )?(?:an? |the )?" + MADE + "[ -]?generated "
          + FILE
          + "(?:[.,;:!]| ?--?| ?\\*/| from| by|\\W{0,40}$)"
          + "|^\\W{0,40}(?:is |was )?" + MADE
          + "[ -]?generated(?: by| from| using| with| on| at|[.,;:!]|\\W{0,40}$)"
          + "|\\bcode generated (?:by|from|with)\\b"
          + "|^\\W{0,40}(?:created|generated|produced) (?:by|with|using|from):? (?:the )?(?:antlr|javacc|jjtree|jflex"
          + "|cup|bison|byacc|flex|re2c|ragel|thrift|apache thrift|swig|cython|protoc|protocol buffer|avro"
          + "|openapi|swagger|xjc|jaxb|jooq|grpc|flatbuffers|capnp|coffeescript|peg\\.js|pegjs|jison|racc"
          + "|babel|typescript|webpack|rollup|browserify|gwt|qt|moc|uic|pyuic|f2py|sbe|asn1|bindgen|cbindgen"
          + "|wayland|gdbus|vala|haxe|dart|roxygen|javah|axis|wsdl|hibernate|lombok|mapstruct|freemarker"
          + "|velocity|template|script|tools?/|\\w+\\.(?:py|pl|sh|rb|js|awk|java|m4)\\b)",
      Pattern.MULTILINE);

  /// Java's own mark, wherever it stands on a class.
  private static final Pattern ANNOTATION = Pattern.compile(
      "(?m)^\\s*@(?:javax\\.annotation\\.(?:processing\\.)?|jakarta\\.annotation\\.)?Generated\\s*\\("
          + "[^)]{0,300}\\)(?:\\s*@\\w[^\\n]*){0,20}\\s*(?:public|final|abstract|class|interface|enum|record)");

  private static final Pattern SOURCE_MAP =
      Pattern.compile("^[/*]{2}[#@] ?source(?:Mapping)?URL ?=");

  /// How compilers of scripts and packers begin what they write.
  private static final Pattern COMPILED = Pattern.compile(
      "(?m)^Object\\.defineProperty\\(exports, \"__esModule\"|^var __\\w+ = \\(this && this\\.__\\w+\\)"
          + "|^/\\*{6}/|^\\(function webpackUniversalModuleDefinition|^import \\{ _ as _");

  private GeneratedMarks() {}

  /// Why the file is not a person's work: `lock-file`, `generated-name`, `source-map`,
  /// `compiled-script`, `generated-marker`; null if nothing says so.
  /// @param language null if unknown
  public static String of(String path, String text, Language language) {
    var file = path.substring(path.lastIndexOf('/') + 1).toLowerCase(Locale.ROOT);
    if (LOCK_FILES.contains(file)) {
      return "lock-file";
    }
    if (NAME.matcher(file).find()) {
      return "generated-name";
    }
    if (sourceMap(file, text)) {
      return "source-map";
    }
    boolean script = file.endsWith(".js") || file.endsWith(".cjs") || file.endsWith(".mjs");
    if (script
        && COMPILED.matcher(text).region(0, Math.min(text.length(), HEAD)).find()) {
      return "compiled-script";
    }
    return says(text, language) ? "generated-marker" : null;
  }

  private static boolean sourceMap(String file, String text) {
    if (file.endsWith(".map")) {
      return text.stripLeading().startsWith("{\"version\"");
    }
    if (!file.endsWith(".js") && !file.endsWith(".css") && !file.endsWith(".mjs")) {
      return false;
    }
    var end = text.substring(Math.max(0, text.length() - 2000)).stripTrailing();
    return SOURCE_MAP.matcher(end.substring(end.lastIndexOf('\n') + 1)).find();
  }

  private static boolean says(String text, Language language) {
    var head = head(text, language);
    if (SAYS.matcher(head).find()) {
      return true;
    }
    boolean java = language != null && language.name().equals("java");
    return java
        && text.contains("Generated")
        && ANNOTATION
            .matcher(text.substring(0, Math.min(text.length(), 1 << 15)))
            .find();
  }

  /// What the comments at the beginning say, in small letters, a line for each line, without what
  /// documents single members: the words of a person on what a function generates.
  private static String head(String text, Language language) {
    var head = new StringBuilder();
    int end = Math.min(text.length(), HEAD);
    boolean plain = language == null || language.style() == Language.Style.NONE;
    CodeSpans.each(text, 0, end, language, (kind, from, to) -> {
      if (plain || kind == CodeSpans.Kind.COMMENT && !indented(text, from)) {
        head.append(text, from, to).append('\n');
      }
    });
    return head.toString()
        .toLowerCase(Locale.ROOT)
        .replace("\u2019", "'")
        .replaceAll("[ \\t]+", " ");
  }

  /// Whether blanks stand before `at` on its line.
  private static boolean indented(String text, int at) {
    return at > 0 && (text.charAt(at - 1) == ' ' || text.charAt(at - 1) == '\t');
  }
}

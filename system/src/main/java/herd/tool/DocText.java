package herd.tool;

import com.sun.source.doctree.DocCommentTree;
import com.sun.source.doctree.DocTree;
import com.sun.source.doctree.EndElementTree;
import com.sun.source.doctree.EntityTree;
import com.sun.source.doctree.InheritDocTree;
import com.sun.source.doctree.LinkTree;
import com.sun.source.doctree.LiteralTree;
import com.sun.source.doctree.ParamTree;
import com.sun.source.doctree.RawTextTree;
import com.sun.source.doctree.ReferenceTree;
import com.sun.source.doctree.ReturnTree;
import com.sun.source.doctree.StartElementTree;
import com.sun.source.doctree.SummaryTree;
import com.sun.source.doctree.TextTree;
import com.sun.source.util.DocTrees;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.SequencedMap;
import java.util.Set;
import java.util.regex.Pattern;

/// Documentation comments as plain text: tags of HTML and of Javadoc give way to what they show.
final class DocText {
  /// Elements that begin a new line where they stand.
  private static final Set<String> BLOCKS = Set.of(
      "p",
      "ul",
      "ol",
      "li",
      "dl",
      "dt",
      "dd",
      "pre",
      "table",
      "tr",
      "br",
      "div",
      "h1",
      "h2",
      "h3",
      "h4",
      "h5",
      "h6",
      "blockquote");

  private static final Pattern SPACES = Pattern.compile("[ \\t\\x0B\\f\\r\\n\\u00a0]+");
  private static final Pattern SENTENCE_END = Pattern.compile(
      "(?<!\\b(?:e\\.g|i\\.e|etc|cf|vs|resp|incl|approx|a\\.k\\.a|No|Fig))[.!?](?=\\s+[^a-z\\s]|\\s*$)");
  private static final Pattern MARKDOWN_LINK =
      Pattern.compile("\\[([^\\]\\[]+)\\](?:\\[[^\\]\\[]*\\]|\\([^()\\s]*\\))?");

  private final DocTrees docs;

  DocText(DocTrees docs) {
    this.docs = docs;
  }

  /// All of it, blocks on lines of their own.
  String plain(List<? extends DocTree> trees) {
    var out = new StringBuilder();
    append(out, trees);
    var lines = new StringBuilder();
    for (String line : out.toString().split("\\u2029")) {
      String clean = SPACES.matcher(line).replaceAll(" ").strip();
      if (!clean.isEmpty()) {
        lines.append(lines.length() > 0 ? "\n" : "").append(clean);
      }
    }
    return lines.toString();
  }

  /// The first sentence, at most up to the first block.
  String summary(List<? extends DocTree> trees) {
    String text = plain(trees);
    int line = text.indexOf('\n');
    String first = line < 0 ? text : text.substring(0, line);
    var end = SENTENCE_END.matcher(first);
    return end.find() ? first.substring(0, end.end()) : first;
  }

  /// What `@param` says, by parameter, type parameters left out.
  SequencedMap<String, String> parameters(DocCommentTree doc) {
    var texts = new LinkedHashMap<String, String>();
    for (var tag : doc.getBlockTags()) {
      if (tag instanceof ParamTree param && !param.isTypeParameter()) {
        texts.putIfAbsent(param.getName().toString(), plain(param.getDescription()));
      }
    }
    return texts;
  }

  /// What `@return` says.
  String returns(DocCommentTree doc) {
    for (var tag : doc.getBlockTags()) {
      if (tag instanceof ReturnTree result) {
        return plain(result.getDescription());
      }
    }
    return "";
  }

  private void append(StringBuilder out, List<? extends DocTree> trees) {
    for (var tree : trees) {
      append(out, tree);
    }
  }

  /// U+2029, the paragraph separator, stands for the beginning of a block.
  private void append(StringBuilder out, DocTree tree) {
    switch (tree) {
      case TextTree text -> out.append(text.getBody());
      case RawTextTree raw -> out.append(markdown(raw.getContent()));
      case LiteralTree literal -> out.append(literal.getBody().getBody());
      case EntityTree entity -> {
        String characters = docs.getCharacters(entity);
        out.append(characters == null ? " " : characters);
      }
      case LinkTree link -> {
        if (link.getLabel().isEmpty()) {
          out.append(reference(link.getReference()));
        } else {
          append(out, link.getLabel());
        }
      }
      case SummaryTree summary -> append(out, summary.getSummary());
      case ReturnTree result -> {
        out.append("Returns ");
        append(out, result.getDescription());
        out.append('.');
      }
      case StartElementTree start -> element(out, start.getName().toString());
      case EndElementTree end -> element(out, end.getName().toString());
      case InheritDocTree _ -> out.append(' ');
      default -> out.append(' ');
    }
  }

  private static void element(StringBuilder out, String name) {
    if (BLOCKS.contains(name.toLowerCase(Locale.ROOT))) {
      out.append('\u2029');
    }
  }

  /// `Map#put(Object, Object)` as `Map.put(Object, Object)`.
  private static String reference(ReferenceTree reference) {
    String signature = reference == null ? "" : reference.getSignature();
    return (signature.startsWith("#") ? signature.substring(1) : signature).replace('#', '.');
  }

  /// Blank lines separate blocks; links show their text; the marks of code go.
  private static String markdown(String text) {
    String blocks = text.replaceAll("\\n[ \\t]*\\n|\\n[ \\t]*(?=[-*] |\\d+\\. |```)", "\u2029");
    return MARKDOWN_LINK.matcher(blocks).replaceAll("$1").replace("`", "");
  }
}

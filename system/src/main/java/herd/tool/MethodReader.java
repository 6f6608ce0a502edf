package herd.tool;

import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.EmptyStatementTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.NewClassTree;
import com.sun.source.tree.Tree;
import com.sun.source.util.DocTrees;
import com.sun.source.util.SourcePositions;
import com.sun.source.util.TreePathScanner;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.regex.Pattern;
import javax.lang.model.element.Modifier;

/// Finds the methods of a parsed source. Constructors and the methods of nameless and local classes
/// are not among them.
final class MethodReader extends TreePathScanner<Void, Void> {
  private static final Pattern COMMENT = Pattern.compile("/\\*.*?\\*/|//[^\\n]*", Pattern.DOTALL);
  private static final Pattern ANNOTATION = Pattern.compile(
      "@(?!interface\\b)\\w+(\\s*\\.\\s*\\w+)*\\s*(\\([^()]*(\\([^()]*\\))*[^()]*\\))?\\s*");
  private static final Pattern SPACE = Pattern.compile("\\s+");

  private final DocTrees docs;
  private final CompilationUnitTree unit;
  private final SourcePositions positions;
  private final String source;
  private final List<JavaMethod> found;
  private final ArrayDeque<ClassTree> types = new ArrayDeque<>();

  MethodReader(DocTrees docs, CompilationUnitTree unit, String source, List<JavaMethod> found) {
    this.docs = docs;
    this.unit = unit;
    this.positions = docs.getSourcePositions();
    this.source = source;
    this.found = found;
  }

  @Override
  public Void visitClass(ClassTree type, Void none) {
    types.addLast(type);
    super.visitClass(type, none);
    types.removeLast();
    return null;
  }

  @Override
  public Void visitNewClass(NewClassTree creation, Void none) {
    return null;
  }

  @Override
  public Void visitMethod(MethodTree method, Void none) {
    if (!types.isEmpty() && method.getReturnType() != null) {
      read(method);
    }
    return null;
  }

  private void read(MethodTree method) {
    var type = types.getLast();
    var flags = method.getModifiers().getFlags();
    boolean open = flags.contains(Modifier.PUBLIC)
        || switch (type.getKind()) {
          case INTERFACE, ANNOTATION_TYPE ->
            !flags.contains(Modifier.PRIVATE) && !flags.contains(Modifier.PROTECTED);
          default -> false;
        };
    var parameters = new ArrayList<JavaMethod.Parameter>();
    var written = new ArrayList<String>();
    for (var parameter : method.getParameters()) {
      String name = parameter.getName().toString();
      String text = slice(parameter.getType(), parameter);
      int cut = text.lastIndexOf(name);
      String shape =
          (cut < 0 ? text : text.substring(0, cut) + text.substring(cut + name.length())).strip();
      parameters.add(new JavaMethod.Parameter(tight(shape), name));
      written.add(shape + " " + name);
    }
    String result = slice(method.getReturnType(), method.getReturnType());
    var doc = docs.getDocCommentTree(getCurrentPath());
    var text = new DocText(docs);
    found.add(new JavaMethod(
        nested(),
        kind(type),
        method.getName().toString(),
        open,
        result,
        List.copyOf(parameters),
        signature(method, result, written),
        doc == null ? "" : text.summary(doc.getFullBody()),
        doc == null ? "" : text.plain(doc.getFullBody()),
        doc == null ? new LinkedHashMap<>() : text.parameters(doc),
        doc == null ? "" : text.returns(doc),
        head(method),
        body(method),
        statements(method)));
  }

  private String nested() {
    return String.join(
        ".", types.stream().map(type -> type.getSimpleName().toString()).toList());
  }

  private static JavaMethod.TypeKind kind(ClassTree type) {
    return switch (type.getKind()) {
      case INTERFACE -> JavaMethod.TypeKind.INTERFACE;
      case ENUM -> JavaMethod.TypeKind.ENUM;
      case RECORD -> JavaMethod.TypeKind.RECORD;
      case ANNOTATION_TYPE -> JavaMethod.TypeKind.ANNOTATION;
      default -> JavaMethod.TypeKind.CLASS;
    };
  }

  private String signature(MethodTree method, String result, List<String> parameters) {
    var out = new StringBuilder();
    if (!method.getTypeParameters().isEmpty()) {
      out.append('<').append(list(method.getTypeParameters())).append("> ");
    }
    out.append(result).append(' ').append(method.getName());
    out.append('(').append(String.join(", ", parameters)).append(')');
    if (!method.getThrows().isEmpty()) {
      out.append(" throws ").append(list(method.getThrows()));
    }
    return out.toString();
  }

  private String list(List<? extends Tree> trees) {
    return String.join(", ", trees.stream().map(tree -> slice(tree, tree)).toList());
  }

  /// Modifiers, without annotations, and the signature.
  private String head(MethodTree method) {
    long start = positions.getStartPosition(unit, method);
    long end = method.getBody() == null
        ? positions.getEndPosition(unit, method)
        : positions.getStartPosition(unit, method.getBody());
    String text = oneLine(text(start, end));
    return text.endsWith(";") ? text.substring(0, text.length() - 1).strip() : text;
  }

  /// The body, moved to the margin by the indentation of the method's first line.
  private String body(MethodTree method) {
    if (method.getBody() == null) {
      return "";
    }
    long start = positions.getStartPosition(unit, method.getBody());
    String body = text(start, positions.getEndPosition(unit, method.getBody())).strip();
    int at = (int) positions.getStartPosition(unit, method);
    int line = source.lastIndexOf('\n', at - 1) + 1;
    int indentation = 0;
    while (line + indentation < at && " \t".indexOf(source.charAt(line + indentation)) >= 0) {
      indentation++;
    }
    var out = new StringBuilder();
    for (String row : body.lines().toList()) {
      int cut = 0;
      while (out.length() > 0
          && cut < Math.min(indentation, row.length())
          && " \t".indexOf(row.charAt(cut)) >= 0) {
        cut++;
      }
      out.append(out.length() > 0 ? "\n" : "").append(row.substring(cut).stripTrailing());
    }
    return out.toString();
  }

  private static int statements(MethodTree method) {
    return method.getBody() == null
        ? 0
        : (int) method.getBody().getStatements().stream()
            .filter(statement -> !(statement instanceof EmptyStatementTree))
            .count();
  }

  /// Source from the beginning of `first` to the end of `last`, on one line.
  private String slice(Tree first, Tree last) {
    return oneLine(
        text(positions.getStartPosition(unit, first), positions.getEndPosition(unit, last)));
  }

  private String text(long from, long to) {
    return from < 0 || to < from ? "" : source.substring((int) from, (int) to);
  }

  private static String oneLine(String text) {
    String plain = ANNOTATION.matcher(COMMENT.matcher(text).replaceAll(" ")).replaceAll(" ");
    plain = SPACE.matcher(plain).replaceAll(" ").strip();
    return plain
        .replace("( ", "(")
        .replace(" )", ")")
        .replace(" ,", ",")
        .replace(" (", "(")
        .replace("< ", "<")
        .replace(" >", ">")
        .replace(" ...", "...")
        .replace(" [", "[");
  }

  /// A type without any space that does not separate words.
  private static String tight(String type) {
    return type.replaceAll("\\s*([<>,\\[\\].&])\\s*", "$1");
  }
}

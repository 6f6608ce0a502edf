package herd.eval;

import com.sun.source.tree.ClassTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.util.JavacTask;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.List;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/// Whether written Java parses, and whether it is the method that was asked for. Parsing alone is
/// gamed by `{}`, so name, parameter types and a body with a statement are asked for as well.
final class JavaCheck {
  /// @param parses the text is the member of a class without syntax errors
  /// @param asked and holds a method of the right name and parameter types whose body is not
  /// empty
  record Outcome(boolean parses, boolean asked) {}

  private JavaCheck() {}

  /// @param member what the model wrote: a method, perhaps with its comment and annotations
  static Outcome check(String member, String methodName, List<String> parameterTypes) {
    var diagnostics = new DiagnosticCollector<JavaFileObject>();
    var source = new Source("class Written {\n" + member + "\n}\n");
    try {
      var compiler = ToolProvider.getSystemJavaCompiler();
      var options = List.of("-proc:none");
      var task =
          (JavacTask) compiler.getTask(null, null, diagnostics, options, null, List.of(source));
      boolean asked = false;
      int types = 0;
      for (var unit : task.parse()) {
        for (var type : unit.getTypeDecls()) {
          types++;
          asked |= type instanceof ClassTree tree && has(tree, methodName, parameterTypes);
        }
      }
      boolean parses = types == 1
          && diagnostics.getDiagnostics().stream()
              .noneMatch(d -> d.getKind() == Diagnostic.Kind.ERROR);
      return new Outcome(parses, parses && asked);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (AssertionError | IllegalStateException | StackOverflowError e) {
      // The parser of the JDK fails so on some garbage; garbage is not Java.
      return new Outcome(false, false);
    }
  }

  private static boolean has(ClassTree tree, String name, List<String> parameterTypes) {
    for (var member : tree.getMembers()) {
      if (member instanceof MethodTree method
          && method.getName().contentEquals(name)
          && method.getBody() != null
          && !method.getBody().getStatements().isEmpty()
          && types(method).equals(parameterTypes.stream().map(JavaCheck::bare).toList())) {
        return true;
      }
    }
    return false;
  }

  private static List<String> types(MethodTree method) {
    return method.getParameters().stream()
        .map(p -> bare(p.getType() == null ? "var" : p.getType().toString()))
        .toList();
  }

  /// A type without white space; a variable-arity parameter is an array.
  private static String bare(String type) {
    return type.replace("...", "[]").replaceAll("\\s+", "");
  }

  private static final class Source extends SimpleJavaFileObject {
    private final String text;

    Source(String text) {
      super(URI.create("string:///Written.java"), Kind.SOURCE);
      this.text = text;
    }

    @Override
    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
      return text;
    }
  }
}

package herd.tool;

import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.util.DocTrees;
import com.sun.source.util.JavacTask;
import herd.engine.UserError;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/// The parser of the JDK's own compiler: syntax alone, no class path, nothing is looked up. Safe
/// for any number of threads.
public final class JavaParser {
  private static final int BATCH = 64;

  /// Without a higher limit the compiler keeps silent from its hundredth error on, and the sources
  /// after it would pass for clean.
  private static final List<String> OPTIONS =
      List.of("-proc:none", "-Xmaxerrs", Integer.toString(Integer.MAX_VALUE));

  private final JavaCompiler compiler;
  private final StandardJavaFileManager files;

  /// @throws UserError if this Java has no compiler
  public JavaParser() {
    compiler = ToolProvider.getSystemJavaCompiler();
    if (compiler == null) {
      throw new UserError(
          System.getProperty("java.home"),
          "a Java without its compiler (module jdk.compiler)",
          "Run Herd with a JDK.");
    }
    files = compiler.getStandardFileManager(_ -> {}, null, null);
  }

  /// What the parser made of a source.
  /// @param errors as the compiler words them, empty for a source without a mistake
  /// @param methods in the order of the source, those of inner classes included; of a source with
  /// errors whatever could be made out
  /// @param types how many stand in the source beside each other
  public record Parsed(List<String> errors, List<JavaMethod> methods, int types) {
    /// Whether there was no mistake.
    public boolean clean() {
      return errors.isEmpty();
    }
  }

  /// Parses the text of a source file. Never fails: the compiler's own breakdowns on garbage count
  /// as errors.
  public Parsed parse(String source) {
    try {
      return together(List.of(source)).getFirst();
    } catch (AssertionError | RuntimeException | StackOverflowError | IOException e) {
      return new Parsed(List.of("the parser gave up: " + e), List.of(), 0);
    }
  }

  /// Parses many sources, several at a time: starting the compiler costs as much as a source.
  /// @return one result for each source, in order
  public List<Parsed> parse(List<String> sources) {
    return IntStream.range(0, (sources.size() + BATCH - 1) / BATCH)
        .parallel()
        .mapToObj(b -> sources.subList(BATCH * b, Math.min(sources.size(), BATCH * (b + 1))))
        .map(this::batch)
        .toList()
        .stream()
        .flatMap(List::stream)
        .toList();
  }

  private List<Parsed> batch(List<String> sources) {
    try {
      return together(sources);
    } catch (AssertionError | RuntimeException | StackOverflowError | IOException _) {
      return sources.stream().map(this::parse).toList(); // one of them broke it, not its neighbours
    }
  }

  private List<Parsed> together(List<String> sources) throws IOException {
    var problems = new DiagnosticCollector<JavaFileObject>();
    var inputs = IntStream.range(0, sources.size())
        .mapToObj(i -> new Source(i, sources.get(i)))
        .toList();
    var methods = new ArrayList<List<JavaMethod>>();
    var errors = new ArrayList<List<String>>();
    for (var _ : inputs) {
      methods.add(new ArrayList<>());
      errors.add(new ArrayList<>());
    }
    var task = (JavacTask) compiler.getTask(null, files, problems, OPTIONS, null, inputs);
    var types = new int[sources.size()];
    for (CompilationUnitTree unit : task.parse()) {
      int i = Source.number(unit.getSourceFile());
      types[i] = unit.getTypeDecls().size();
      new MethodReader(DocTrees.instance(task), unit, sources.get(i), methods.get(i))
          .scan(unit, null);
    }
    for (var problem : problems.getDiagnostics()) {
      if (problem.getKind() == Diagnostic.Kind.ERROR) {
        errors.get(Source.number(problem.getSource())).add(problem.getMessage(Locale.ROOT));
      }
    }
    return IntStream.range(0, inputs.size())
        .mapToObj(
            i -> new Parsed(List.copyOf(errors.get(i)), List.copyOf(methods.get(i)), types[i]))
        .toList();
  }

  /// Source text in memory. The compiler hands out wrapped files: the number is in the name.
  private static final class Source extends SimpleJavaFileObject {
    private final String text;

    Source(int number, String text) {
      super(URI.create("string:///" + number + ".java"), Kind.SOURCE);
      this.text = text;
    }

    static int number(JavaFileObject file) {
      String path = file.toUri().getPath();
      return Integer.parseInt(path, 1, path.indexOf('.'), 10);
    }

    @Override
    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
      return text;
    }

    /// A public class may stand in a source of any name.
    @Override
    public boolean isNameCompatible(String simpleName, Kind kind) {
      return true;
    }
  }
}

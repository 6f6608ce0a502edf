package herd.architecture;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.classfile.Attributes;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.CodeModel;
import java.lang.classfile.MethodModel;
import java.lang.classfile.constantpool.ClassEntry;
import java.lang.classfile.constantpool.Utf8Entry;
import java.lang.classfile.instruction.LineNumber;
import java.lang.reflect.AccessFlag;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;

/// One class file, as the rules of the architecture see it.
/// @param name with dots, `herd.engine.tensor.Tensor$Shape`
/// @param uses every class it names, in instructions, descriptors, signatures and annotations
/// @param lines source lines that each of its methods spans; initialisers, which span fields, not
/// @param mutableStatics names of its static fields that are not final
/// @param permits the kinds of a sealed type
record Compiled(
    String name,
    Set<String> uses,
    TreeMap<String, Integer> lines,
    List<String> mutableStatics,
    Set<String> permits) {
  private static final Pattern DESCRIPTOR =
      Pattern.compile("L((?:herd|java|javax|jdk)/[\\w/$]+)[;<]");

  String packageName() {
    return packageOf(name);
  }

  /// Name without package and enclosing classes; empty for an anonymous class.
  String simpleName() {
    String simple = name.substring(name.lastIndexOf('.') + 1);
    return simple.substring(simple.lastIndexOf('$') + 1).replaceFirst("^\\d+", "");
  }

  static String packageOf(String className) {
    return className.substring(0, className.lastIndexOf('.'));
  }

  /// Every class below `classes`, a folder of compiled classes.
  static List<Compiled> under(Path classes) {
    try (var files = Files.walk(classes)) {
      return files
          .filter(file -> file.toString().endsWith(".class"))
          .filter(file -> !file.endsWith("module-info.class"))
          .sorted()
          .map(Compiled::read)
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Compiled read(Path file) {
    try {
      return of(ClassFile.of().parse(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Compiled of(ClassModel type) {
    var uses = new TreeSet<String>();
    for (var entry : type.constantPool()) {
      switch (entry) { // class entries alone miss types that only a descriptor names
        case ClassEntry c -> named(c.asInternalName(), uses);
        case Utf8Entry text ->
          DESCRIPTOR.matcher(text.stringValue()).results().forEach(m -> named(m.group(1), uses));
        default -> {}
      }
    }
    var lines = new TreeMap<String, Integer>();
    for (var method : type.methods()) {
      String name = method.methodName().stringValue();
      if (!name.startsWith("<")) lines.merge(name, span(method), Math::max);
    }
    var statics = new ArrayList<String>();
    for (var field : type.fields()) {
      var flags = field.flags();
      if (flags.has(AccessFlag.STATIC)
          && !flags.has(AccessFlag.FINAL)
          && !flags.has(AccessFlag.SYNTHETIC)) {
        statics.add(field.fieldName().stringValue());
      }
    }
    var permits = new TreeSet<String>();
    type.findAttribute(Attributes.permittedSubclasses())
        .ifPresent(
            kinds -> kinds.permittedSubclasses().forEach(k -> named(k.asInternalName(), permits)));
    return new Compiled(dots(type.thisClass().asInternalName()), uses, lines, statics, permits);
  }

  private static void named(String internalName, Set<String> uses) {
    String name = internalName;
    if (name.startsWith("[")) {
      name = name.replaceFirst("^\\[+L?", "").replace(";", "");
    }
    if (name.contains("/")) uses.add(dots(name)); // what is left is an array of primitives
  }

  private static String dots(String internalName) {
    return internalName.replace('/', '.');
  }

  /// Source lines from the method's first instruction to its last, lambdas within it included.
  private static int span(MethodModel method) {
    var lines = method.code().stream()
        .flatMap(CodeModel::elementStream)
        .filter(LineNumber.class::isInstance)
        .mapToInt(element -> ((LineNumber) element).line())
        .summaryStatistics();
    return lines.getCount() == 0 ? 0 : lines.getMax() - lines.getMin() + 1;
  }
}

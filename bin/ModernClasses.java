import java.io.IOException;
import java.io.OutputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassFile.ClassHierarchyResolverOption;
import java.lang.classfile.ClassFile.StackMapsOption;
import java.lang.classfile.ClassFileVersion;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.MethodModel;
import java.lang.classfile.MethodTransform;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.jar.JarFile;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/// Copies a jar, giving classes of Java 5 the form of Java 17. The JVM keeps no class in its
/// start-up cache that has to pass its old verifier: every start would read, parse and verify it
/// anew. Run by `bin/build`: `java bin/ModernClasses.java FROM.jar TO.jar`.
final class ModernClasses {
  private static final int OLD_VERIFIER = ClassFile.JAVA_5_VERSION;

  private ModernClasses() {}

  public static void main(String[] arguments) throws IOException {
    Path from = Path.of(arguments[0]);
    try (var loader = new URLClassLoader(new URL[] {from.toUri().toURL()});
        var jar = new JarFile(from.toFile());
        OutputStream file = Files.newOutputStream(Path.of(arguments[1]));
        var out = new ZipOutputStream(file)) {
      var types =
          ClassHierarchyResolver.ofResourceParsing(loader)
              .orElse(ClassHierarchyResolver.defaultResolver());
      var reader =
          ClassFile.of(
              StackMapsOption.GENERATE_STACK_MAPS, ClassHierarchyResolverOption.of(types));
      for (var entry : Collections.list(jar.entries())) {
        byte[] bytes = jar.getInputStream(entry).readAllBytes();
        out.putNextEntry(new ZipEntry(entry.getName()));
        out.write(entry.getName().endsWith(".class") ? modern(reader, bytes) : bytes);
        out.closeEntry();
      }
    }
  }

  private static byte[] modern(ClassFile reader, byte[] bytes) {
    var type = reader.parse(bytes);
    if (type.majorVersion() > OLD_VERIFIER) return bytes;
    return reader.transformClass(
        type,
        (builder, element) -> {
          switch (element) {
            case ClassFileVersion _ -> builder.withVersion(ClassFile.JAVA_17_VERSION, 0);
            case MethodModel method ->
              builder.transformMethod( // writes the code anew, with the frames it lacks
                  method, MethodTransform.transformingCode((code, part) -> code.with(part)));
            default -> builder.with(element);
          }
        });
  }
}

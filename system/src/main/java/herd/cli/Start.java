package herd.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/// Where the launcher script enters. The JVM warns on stderr that the vector module is an
/// incubator and no flag stops it, so the launcher gives the JVM `/dev/null` there and the real
/// stderr under the number in the system property `herd.stderr` (docs/adr/002-start-up.md).
public final class Start {
  private Start() {}

  /// Opens the real stderr, then runs the program.
  public static void main(String[] arguments) throws Exception {
    Integer number = Integer.getInteger("herd.stderr");
    if (number != null) {
      var descriptor = FileDescriptor.class.getDeclaredConstructor(int.class);
      descriptor.setAccessible(true); // opened by the launcher: the JDK has no public way
      var real = new FileOutputStream(descriptor.newInstance(number));
      System.setErr(new PrintStream(real, true, StandardCharsets.UTF_8));
    }
    Main.main(arguments);
  }
}

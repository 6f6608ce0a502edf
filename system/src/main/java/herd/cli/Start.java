package herd.cli;

import java.io.File;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jline.utils.Signals;

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
    var launcher = System.getProperty("herd.launcher");
    if (launcher != null && !KernelOptions.machineCode(System.getenv())) {
      System.exit(again(launcher, number, arguments));
    }
    Main.main(arguments);
  }

  /// Runs the launcher once more, this time with the vector module: the JVM was started without,
  /// which is quicker, and machine code cannot run here.
  private static int again(String launcher, Integer stderr, String[] arguments)
      throws IOException, InterruptedException {
    var command = new ArrayList<>(List.of(launcher));
    command.addAll(List.of(arguments));
    var builder = new ProcessBuilder(command).inheritIO();
    if (stderr != null) {
      builder.redirectError(ProcessBuilder.Redirect.appendTo(new File("/dev/fd/" + stderr)));
    }
    builder.environment().put("HERD_START", "full");
    var child = builder.start();
    Signals.register("INT", () -> {}); // the terminal tells the child too
    Signals.register("TERM", child::destroy);
    return child.waitFor();
  }
}

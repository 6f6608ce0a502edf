package herd.engine.quant;

import herd.engine.code.Pages;
import herd.engine.code.Processor;
import herd.engine.quant.BlockFormat.Layout;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/// Runs kernels where they can do no harm: in a JVM of its own, every format at odd shapes, each
/// operand once right before and once right after memory that must not be touched. The result must
/// be the oracle's. The verdict is kept in a file for each processor, kind and build.
public final class Trial {
  private static final int SECONDS = 60;
  private static final double TOLERANCE = 2e-6;
  private static final String PASSED = "passed";
  private static final int[] GROUPS = {1, 2, 3};
  private static final int[] UNITS = {1, 3};

  private Trial() {}

  /// What the child JVM runs: the name of a kind.
  public static void main(String[] args) {
    check(MachineBlocks.of(MachineBlocks.Kind.valueOf(args[0])));
    System.out.println(PASSED);
  }

  // --- the verdict -------------------------------------------------------------------------------

  /// Whether `kind` passes, or has passed before.
  static boolean passes(MachineBlocks.Kind kind, Path verdicts) {
    var file = verdicts.resolve("kernels-" + key(kind));
    try {
      if (Files.exists(file)) {
        return Files.readString(file).strip().equals(PASSED);
      }
      String verdict = run(kind);
      if (verdict != null) {
        keep(file, verdict);
      }
      return PASSED.equals(verdict);
    } catch (IOException e) {
      return false; // no way to try it
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private static void keep(Path file, String verdict) {
    try {
      Files.createDirectories(file.getParent());
      var aside = Files.createTempFile(file.getParent(), "kernels", ".tmp");
      Files.writeString(aside, verdict + "\n");
      Files.move(aside, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      // A directory that cannot be written costs the same trial next time, nothing else.
    }
  }

  /// `passed`, or how it ended; null if it took too long to tell.
  private static String run(MachineBlocks.Kind kind) throws IOException, InterruptedException {
    var out = Files.createTempFile("herd-trial", ".txt");
    try {
      var process = new ProcessBuilder(command(kind.name()))
          .redirectErrorStream(true)
          .redirectOutput(out.toFile())
          .start();
      if (!process.waitFor(SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        return null;
      }
      boolean passed =
          process.exitValue() == 0 && Files.readAllLines(out).stream().anyMatch(PASSED::equals);
      return passed ? PASSED : "failed, exit code " + process.exitValue();
    } finally {
      Files.delete(out);
    }
  }

  private static List<String> command(String kind) throws IOException {
    try {
      var source = Trial.class.getProtectionDomain().getCodeSource().getLocation();
      return List.of(
          Path.of(System.getProperty("java.home"), "bin", "java").toString(),
          "-XX:TieredStopAtLevel=1",
          "-XX:+UseSerialGC",
          "-XX:-CreateCoredumpOnCrash",
          "-XX:+SuppressFatalErrorMessage",
          "--enable-native-access=ALL-UNNAMED",
          "-cp",
          Path.of(source.toURI()).toString(),
          Trial.class.getName(),
          kind);
    } catch (URISyntaxException e) {
      throw new IOException(e);
    }
  }

  /// Changes with the processor and with every class that machine code comes from.
  private static String key(MachineBlocks.Kind kind) {
    try {
      var digest = MessageDigest.getInstance("SHA-256");
      var processor = Processor.ask();
      digest.update((kind + processor.name() + processor.features()).getBytes());
      for (var type : List.of(
          herd.engine.code.Assembler.class,
          Pages.class,
          TileProgram.class,
          TileCodes.class,
          TileConstants.class,
          PackedFormat.class,
          BlockFormat.class,
          DenseFormat.class,
          DenseProgram.class,
          Layout.class,
          MachineBlocks.class,
          Trial.class)) {
        digest.update(bytes(type));
      }
      return HexFormat.of().formatHex(digest.digest(), 0, 8);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static byte[] bytes(Class<?> type) {
    String file = type.getName().substring(type.getName().lastIndexOf('.') + 1) + ".class";
    try (InputStream in = type.getResourceAsStream(file)) {
      return in == null ? new byte[0] : in.readAllBytes();
    } catch (IOException e) {
      return new byte[0];
    }
  }

  // --- the shapes --------------------------------------------------------------------------------

  /// @throws IllegalStateException if a result is not the oracle's
  static void check(BlockKernels kernels) {
    var random = new Random(5);
    for (var format : PackedFormat.all()) {
      int most = kernels.kernel(format).tokens();
      for (int units : UNITS) {
        for (int groups : GROUPS) {
          for (int tokens = 1; tokens <= most; tokens++) {
            for (boolean atEnd : new boolean[] {false, true}) {
              new Shape(format, units, groups, tokens, atEnd).check(kernels, random);
            }
          }
        }
      }
    }
  }

  private record Shape(PackedFormat format, int units, int groups, int tokens, boolean atEnd) {
    void check(BlockKernels kernels, Random random) {
      try (var arena = Arena.ofConfined()) {
        var w = guarded((long) groups * units * format.unitBytes(), arena);
        weights(w, random);
        int cols =
            switch (format) {
              case BlockFormat blocks -> units * blocks.layout().unitColumns();
              case DenseFormat _ ->
                units * DenseFormat.COLUMNS - units % 2; // the last one filled up
            };
        var panel = guarded(format.panelBytes(tokens, cols), arena);
        activations(panel, cols, random, arena);
        long size = 4L * groups * format.groupRows() * tokens;
        var found = guarded(size, arena);
        var expected = arena.allocate(size, 64);
        tile(kernels.kernel(format), w, panel, found);
        tile(new ReferenceBlocks().kernel(format), w, panel, expected);
        compare(expected, found);
      }
    }

    private MemorySegment guarded(long bytes, Arena arena) {
      return Pages.guarded(bytes, atEnd, arena);
    }

    private void tile(BlockKernel kernel, MemorySegment w, MemorySegment panel, MemorySegment y) {
      long stride = 4L * groups * format.groupRows();
      kernel.tile(
          w.address(), units, groups, panel.address(), tokens, y.address(), stride, 1 << 20);
    }

    private void weights(MemorySegment w, Random random) {
      var bytes = new byte[(int) w.byteSize()];
      random.nextBytes(bytes);
      MemorySegment.copy(bytes, 0, w, ValueLayout.JAVA_BYTE, 0, bytes.length);
      switch (format) {
        case BlockFormat blocks -> {
          var layout = blocks.layout();
          int halves = layout.blocks() == 1 ? layout.codesAt() / 2 : layout.headerBytes() / 2;
          for (long unit = 0; unit < w.byteSize(); unit += layout.unitBytes()) {
            for (int i = 0; i < halves; i++) {
              short scale = Float.floatToFloat16(random.nextFloat() - 0.5f);
              w.set(ValueLayout.JAVA_SHORT_UNALIGNED, unit + 2 * i, scale);
            }
          }
        }
        case DenseFormat numbers -> numbers(numbers, w, random);
      }
    }

    private static void numbers(DenseFormat format, MemorySegment w, Random random) {
      for (long at = 0; at < w.byteSize(); at += format.fileBytes()) {
        float value = (float) random.nextGaussian();
        short half = format == DenseFormat.F16
            ? Float.floatToFloat16(value)
            : (short) (Float.floatToIntBits(value) >>> 16);
        if (format == DenseFormat.F32) {
          w.set(ValueLayout.JAVA_FLOAT_UNALIGNED, at, value);
        } else {
          w.set(ValueLayout.JAVA_SHORT_UNALIGNED, at, half);
        }
      }
    }

    private void activations(MemorySegment panel, int cols, Random random, Arena arena) {
      var rows = arena.allocate(4L * cols * tokens, 64);
      for (int i = 0; i < cols * tokens; i++) {
        rows.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) random.nextGaussian());
      }
      format.panel(rows.address(), cols, tokens, panel.address());
    }

    private void compare(MemorySegment expected, MemorySegment found) {
      double worst = 0;
      double most = 0;
      for (long i = 0; i < expected.byteSize() / 4; i++) {
        float e = expected.getAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, i);
        float f = found.getAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, i);
        worst = Math.max(worst, Math.abs(e - f));
        most = Math.max(most, Math.abs(e));
      }
      if (!(worst <= TOLERANCE * most)) {
        throw new IllegalStateException(this + ": wrong by " + worst + " of " + most);
      }
    }
  }
}

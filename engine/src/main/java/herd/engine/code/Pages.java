package herd.engine.code;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Locale;

/// Memory in whole pages straight from the system, given back when its arena closes.
public final class Pages {
  /// Code that can be called, or why there is none.
  /// @param code null where the system refuses
  /// @param refusal why; null where it does not
  public record Answer(MemorySegment code, String refusal) {}

  private static final int READ = 1;
  private static final int WRITE = 2;
  private static final int EXECUTE = 4;
  private static final int PRIVATE = 2;
  private static final int ANONYMOUS_LINUX = 0x20;
  private static final int NO_RESERVE_LINUX = 0x4000;
  private static final int ANONYMOUS_MAC = 0x1000;
  private static final int NOT_NEEDED = 4;
  private static final int HUGE = 14;
  private static final long PAGE = 16_384; // or less, everywhere that this runs
  private static final long HUGE_PAGE = 1 << 21;

  private Pages() {}

  /// Puts `code` where it can be called: written first, then made executable, never both at once. A
  /// refusal: another processor than x86-64, a system without `mmap` or that forbids it, or a JVM
  /// without native access.
  public static Answer executable(byte[] code, Arena arena) {
    String refusal = refusal();
    if (refusal != null) {
      return new Answer(null, refusal);
    }
    try {
      var memory = map(Math.max(1, code.length), arena);
      if (memory == null) {
        return new Answer(null, "the system gives no memory (mmap)");
      }
      MemorySegment.copy(MemorySegment.ofArray(code), 0, memory, 0, code.length);
      if (!protect(memory, READ | EXECUTE)) {
        return new Answer(null, "the system forbids executable memory (mprotect)");
      }
      return new Answer(memory.asSlice(0, code.length).asReadOnly(), null);
    } catch (RuntimeException e) {
      return new Answer(null, "calling the system failed: " + e);
    }
  }

  /// Zeroed memory for large data, aligned to at least 64 bytes. Unlike [Arena#allocate]
  /// nothing is written to it, so pages come into being where they are first used, by whichever
  /// thread; large ones are asked for.
  public static MemorySegment data(long bytes, Arena arena) {
    if (bytes >= HUGE_PAGE && mapsMemory()) {
      try {
        var memory = map(bytes + HUGE_PAGE, arena);
        if (memory != null) {
          long skip = -memory.address() & HUGE_PAGE - 1;
          var aligned = memory.asSlice(skip, bytes);
          advise(aligned.address(), bytes, HUGE); // a refusal costs speed alone
          return aligned;
        }
      } catch (RuntimeException e) {
        return arena.allocate(bytes, 64);
      }
    }
    return arena.allocate(bytes, 64);
  }

  /// Whether [#untouched] gives memory that costs nothing until it is used.
  public static boolean areLazy() {
    return mapsMemory();
  }

  /// Zeroed memory of which a page takes room only from its first use on, and then alone: for what
  /// may become large and mostly does not. Where the system cannot do that, common memory.
  /// @return null if there is not so much
  public static MemorySegment untouched(long bytes, Arena arena) {
    if (!mapsMemory()) {
      return arena.allocate(bytes, 64);
    }
    return map(Math.max(1, bytes), PRIVATE | ANONYMOUS_LINUX | NO_RESERVE_LINUX, arena);
  }

  /// Zeroed memory for tests of what touches it: a page before and a page after it cannot be
  /// read or written, and the memory begins right after the one (`atEnd` false) or ends right
  /// before the other.
  /// @throws IllegalStateException if the system refuses
  public static MemorySegment guarded(long bytes, boolean atEnd, Arena arena) {
    long inner = Math.ceilDiv(bytes, PAGE) * PAGE;
    var all = map(inner + 2 * PAGE, arena);
    boolean closed = all != null
        && protect(all.asSlice(0, PAGE), 0)
        && protect(all.asSlice(PAGE + inner, PAGE), 0);
    if (!closed) {
      throw new IllegalStateException("no guarded memory here");
    }
    return all.asSlice(atEnd ? PAGE + inner - bytes : PAGE, bytes);
  }

  /// If `data` is mapped from a file, states that the pages wholly within it are not needed now:
  /// they no longer count as this process's memory. When they are read after all, they come back.
  public static void giveBack(MemorySegment data) {
    long from = (data.address() + PAGE - 1) / PAGE * PAGE;
    long to = (data.address() + data.byteSize()) / PAGE * PAGE;
    if (data.isMapped() && to > from && mapsMemory()) {
      advise(from, to - from, NOT_NEEDED);
    }
  }

  private static String refusal() {
    String arch = System.getProperty("os.arch");
    if (!arch.equals("amd64") && !arch.equals("x86_64")) {
      return "the processor is " + arch + ", not x86-64";
    }
    if (!isLinux() && !isMac()) {
      return System.getProperty("os.name") + " calls functions otherwise";
    }
    if (!Pages.class.getModule().isNativeAccessEnabled()) {
      return "java was started without --enable-native-access";
    }
    return null;
  }

  private static boolean mapsMemory() {
    return isLinux() && Pages.class.getModule().isNativeAccessEnabled();
  }

  private static boolean isLinux() {
    return System.getProperty("os.name").equals("Linux");
  }

  private static boolean isMac() {
    return System.getProperty("os.name").toLowerCase(Locale.ROOT).startsWith("mac");
  }

  // --- calls of the system -----------------------------------------------------------------------

  /// The functions of the system, found when the first of them is called.
  private static final class Functions {
    static final MemorySegment MAP = Calls.named("mmap");
    static final MemorySegment UNMAP = Calls.named("munmap");
    static final MemorySegment PROTECT = Calls.named("mprotect");
    static final MemorySegment ADVISE = Calls.named("madvise");

    private Functions() {}
  }

  private static MemorySegment map(long bytes, Arena arena) {
    return map(bytes, PRIVATE | (isMac() ? ANONYMOUS_MAC : ANONYMOUS_LINUX), arena);
  }

  /// Memory of at least `bytes` bytes, in whole pages; null if there is none.
  @SuppressWarnings("restricted")
  private static MemorySegment map(long bytes, int flags, Arena arena) {
    long size = Math.ceilDiv(bytes, PAGE) * PAGE;
    long at = Calls.call(Functions.MAP, 0, size, READ | WRITE, flags, -1, 0, 0);
    return at == -1 ? null : MemorySegment.ofAddress(at).reinterpret(size, arena, Pages::unmap);
  }

  private static void unmap(MemorySegment memory) {
    Calls.call(Functions.UNMAP, memory.address(), memory.byteSize(), 0, 0, 0, 0, 0);
  }

  private static boolean protect(MemorySegment memory, int rights) {
    long from = memory.address();
    return (int) Calls.call(Functions.PROTECT, from, memory.byteSize(), rights, 0, 0, 0, 0) == 0;
  }

  private static void advise(long address, long bytes, int advice) {
    Calls.call(Functions.ADVISE, address, bytes, advice, 0, 0, 0, 0);
  }
}

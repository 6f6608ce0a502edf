package herd.run;

import herd.engine.UserError;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/// Keeps two programs from working on one run. The operating system frees the lock when its holder
/// dies, however it dies; the file says who held it last.
public final class RunLock implements AutoCloseable {
  // Beyond the text, so that the text stays readable where a lock forbids reading.
  private static final long LOCKED_BYTE = 1L << 40;

  private final FileChannel channel;
  private final FileLock lock;

  private RunLock(FileChannel channel, FileLock lock) {
    this.channel = channel;
    this.lock = lock;
  }

  /// Locks a run's directory, which is made if need be.
  /// @throws UserError if another program holds it, naming that program
  public static RunLock take(Path run) {
    var file = Disk.directory(run).resolve(".lock");
    FileChannel channel = null;
    try {
      channel = FileChannel.open(
          file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
      var lock = tryLock(channel);
      if (lock == null) {
        channel.close();
        throw new UserError(
            run.toString(),
            "in use by " + Files.readString(file).strip(),
            "Wait for it, stop it, or give the run another name.");
      }
      channel.truncate(0);
      channel.write(ByteBuffer.wrap(self().getBytes(StandardCharsets.UTF_8)), 0);
      return new RunLock(channel, lock);
    } catch (IOException e) {
      throw Disk.trouble(e, file);
    }
  }

  private static FileLock tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock(LOCKED_BYTE, 1, false);
    } catch (OverlappingFileLockException _) {
      return null; // another part of this very program
    }
  }

  private static String self() {
    String host;
    try {
      host = InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException _) {
      host = "an unnamed host";
    }
    var now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
    return "process " + ProcessHandle.current().pid() + " on " + host + " since " + now + "\n";
  }

  /// Lets others work on the run.
  @Override
  public void close() {
    try (channel) {
      lock.release();
    } catch (IOException e) {
      throw Disk.trouble(e, Path.of(".lock"));
    }
  }
}

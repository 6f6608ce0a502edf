package herd.data.office;

import herd.run.TimeLimit;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.pdfbox.pdmodel.encryption.InvalidPasswordException;
import org.apache.poi.EncryptedDocumentException;

/// What an office file says.
public sealed interface OfficeFile {
  /// Endings of the names of files that can be read.
  Set<String> ENDINGS =
      Set.of("pdf", "docx", "docm", "doc", "pptx", "pptm", "ppt", "xlsx", "xlsm", "xls");

  /// Seconds for the forms whose libraries do not listen at every place.
  int SECONDS = 60;

  /// @param title as the file itself gives it, else empty
  record Text(String title, String text) implements OfficeFile {}

  /// @param reason in kebab case
  record None(String reason) implements OfficeFile {}

  /// Reads a file; its first bytes tell which form it has. Files of packed XML are read on this
  /// thread as streams; the others on a thread of their own, which is given up after a minute, or
  /// when this one is interrupted: where its library does not listen, it ends by itself.
  /// @param ending of its name
  /// @param most characters of its text; one that says more is refused
  /// @throws TimeLimit.Passed if the time for the work on this thread is up
  static OfficeFile read(String ending, byte[] bytes, long most) {
    var bounds = new Bounds(most);
    if (begins(bytes, "PK")) {
      return now(ending, bounds, () -> PackedXml.read(bytes, bounds));
    }
    boolean pdf = ending.equals("pdf");
    Reader reader = pdf ? () -> Pdf.read(bytes, bounds) : () -> OldOffice.read(bytes, bounds);
    var read = new FutureTask<OfficeFile>(() -> now(ending, bounds, reader));
    var thread = Thread.ofPlatform().daemon().name("office").start(read);
    try {
      TimeLimit.heed();
      return read.get(SECONDS, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      thread.interrupt();
      return new None("took-too-long");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      TimeLimit.heed();
      throw new IllegalStateException(e);
    } catch (TimeLimit.Passed e) {
      throw e;
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    } finally {
      thread.interrupt();
    }
  }

  private static boolean begins(byte[] bytes, String with) {
    return bytes.length >= 2 && bytes[0] == with.charAt(0) && bytes[1] == with.charAt(1);
  }

  /// Reads one form.
  @FunctionalInterface
  interface Reader {
    /// The file's text.
    OfficeFile read() throws Exception;
  }

  private static OfficeFile now(String ending, Bounds bounds, Reader reader) {
    try {
      return reader.read();
    } catch (InvalidPasswordException | EncryptedDocumentException e) {
      return new None("encrypted");
    } catch (Exception | StackOverflowError e) {
      // The libraries throw what they like on damaged files, and wrap what they are thrown.
      TimeLimit.heed();
      return new None(bounds.passed() == null ? "damaged-" + ending : bounds.passed());
    } catch (OutOfMemoryError e) {
      return new None("too-much-memory"); // what was taken for the file is free again
    }
  }
}

package herd.data.source;

import herd.data.source.WarcGoldenTest.Read;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

class WarcTest {
  @TempDir
  Path dir;

  private static byte[] record(int number, String body, long length) {
    var http = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + body;
    long stated = length < 0 ? http.length() : length;
    return ("WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: http://x/" + number
            + "\r\nContent-Length: " + stated + "\r\n\r\n" + http + "\r\n\r\n")
        .getBytes(StandardCharsets.ISO_8859_1);
  }

  private static byte[] packed(byte[] bytes) throws IOException {
    var out = new ByteArrayOutputStream();
    try (var gzip = new GZIPOutputStream(out)) {
      gzip.write(bytes);
    }
    return out.toByteArray();
  }

  private List<String> read(String name, byte[]... records) throws IOException {
    var all = new ByteArrayOutputStream();
    for (var record : records) {
      all.write(name.endsWith(".gz") ? packed(record) : record);
    }
    var file = Files.write(dir.resolve(name), all.toByteArray());
    return WarcGoldenTest.read(file).stream().map(WarcTest::said).toList();
  }

  private static String said(Read read) {
    return read.reason().isEmpty() ? read.doc().text() : read.reason();
  }

  @Test
  void lengthsThatLieCostOneRecord() throws IOException {
    for (var name : List.of("a.warc", "a.warc.gz")) {
      assertThat(
              read(name, record(1, "<p>one", -1), record(2, "<p>two", 20), record(3, "<p>3", -1)))
          .as(name)
          .containsExactly("<p>one", "wrong-length", "<p>3");
      var long2 = read(name, record(1, "<p>1", -1), record(2, "<p>2", 300), record(3, "<p>3", -1));
      assertThat(long2).as(name).hasSize(3).startsWith("<p>1").endsWith("<p>3");
      assertThat(long2.get(1)).as(name).isIn("wrong-length", "record-cut-short");
      assertThat(read(name, record(1, "<p>1", 1L << 50), record(2, "<p>2", -1)))
          .as(name)
          .containsExactly("record-cut-short", "<p>2");
    }
  }

  @Test
  void manyLiesTakeLinearTime() throws IOException {
    var all = new ByteArrayOutputStream();
    for (int i = 0; i < 3000; i++) {
      all.write(record(i, "<p>" + i, 10_000_000));
    }
    assertThat(read("lies.warc", all.toByteArray())).hasSize(3000).doesNotContain("<p>5");
  }

  @Test
  void aBombIsNotUnpackedToItsEnd() throws IOException {
    var zeros = new byte[40 << 20];
    Arrays.fill(zeros, (byte) ' ');
    var body = new String(packed(zeros), StandardCharsets.ISO_8859_1);
    var http =
        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: gzip\r\n\r\n" + body;
    var record =
        ("WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: http://x/\r\nContent-Length: "
                + http.length() + "\r\n\r\n" + http + "\r\n\r\n")
            .getBytes(StandardCharsets.ISO_8859_1);
    assertThat(read("bomb.warc.gz", record, record(2, "<p>2", -1)))
        .containsExactly("body-too-large", "<p>2");
  }

  @Property(tries = 150)
  void noBytesMakeItFail(@ForAll Random random, @ForAll @IntRange(min = 0, max = 3) int form)
      throws IOException {
    var all = new ByteArrayOutputStream();
    for (int i = 0; i < 6; i++) {
      int length = random.nextInt(4) == 0 ? random.nextInt(400) : -1;
      var record = record(i, "<p>" + "x".repeat(random.nextInt(300)), length);
      all.write(form % 2 == 0 ? record : packed(record));
    }
    var bytes = all.toByteArray();
    for (int n = random.nextInt(6); n > 0; n--) {
      int at = random.nextInt(bytes.length);
      switch (random.nextInt(3)) {
        case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
        case 1 -> bytes[at] = 0;
        default -> bytes = Arrays.copyOf(bytes, Math.max(1, at));
      }
    }
    var file = Files.createTempFile("fuzz", form % 2 == 0 ? ".warc" : ".warc.gz");
    try {
      Files.write(file, bytes);
      assertThat(WarcGoldenTest.read(file)).hasSizeLessThan(40);
    } finally {
      Files.delete(file);
    }
  }

  /// Some records, of which some lie, some bytes between them that are none, and some damage.
  private byte[] archive(Random random) throws IOException {
    var all = new ByteArrayOutputStream();
    for (int i = 0; i < 40; i++) {
      var one = record(i, "<p>" + "word ".repeat(random.nextInt(60)) + i, -1);
      if (random.nextInt(6) == 0) {
        one = record(i, "<p>liar " + i, random.nextInt(400));
      }
      if (random.nextInt(8) == 0) { // two in a member
        var two = new ByteArrayOutputStream();
        two.writeBytes(one);
        two.writeBytes(record(i, "<p>second", -1));
        one = two.toByteArray();
      }
      all.writeBytes(random.nextInt(12) == 0 ? one : packed(one));
    }
    var bytes = all.toByteArray();
    for (int flips = random.nextInt(4); flips > 0; flips--) {
      bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
    }
    return bytes;
  }

  private static List<String> items(Source source) {
    var all = new ArrayList<String>();
    try (var cursor = source.open()) {
      for (var item = cursor.next(); item != null; item = cursor.next()) {
        all.add(item.id() + " " + item.bytes() + " "
            + switch (item.load()) {
              case Loaded.Document doc -> doc.text();
              case Loaded.Unreadable(String reason) -> reason;
            });
      }
    }
    return all;
  }

  @Property(tries = 60)
  void segmentsSideBySideAreTheWholeFile(
      @ForAll @IntRange(max = 1_000_000) int seed, @ForAll @IntRange(min = 20, max = 3000) int size)
      throws IOException {
    var file = Files.createTempFile("segments", ".warc.gz");
    try {
      Files.write(file, archive(new Random(seed)));
      var whole = items(new Warc(file, Reading.all(10_000), 1, Long.MAX_VALUE));
      for (int lanes = 1; lanes <= 4; lanes += 3) {
        assertThat(items(new Warc(file, Reading.all(10_000), lanes, size))).isEqualTo(whole);
      }
    } finally {
      Files.delete(file);
    }
  }
}

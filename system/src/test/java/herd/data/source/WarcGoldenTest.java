package herd.data.source;

import herd.data.html.HtmlText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/// Web archives with everything that is odd in real ones.
@Tag("golden")
class WarcGoldenTest {
  private static Path folder() {
    var folder = Path.of(System.getProperty("herd.shared", "../../shared"), "data-curation/warc");
    assumeTrue(Files.isDirectory(folder), "no shared files");
    return folder;
  }

  record Read(String id, Loaded loaded) {
    String reason() {
      return loaded instanceof Loaded.Unreadable(String reason) ? reason : "";
    }

    Loaded.Document doc() {
      return (Loaded.Document) loaded;
    }
  }

  static List<Read> read(Path file) {
    var all = new ArrayList<Read>();
    try (var cursor = Source.of(file, Reading.all(16 << 20)).open()) {
      for (var item = cursor.next(); item != null; item = cursor.next()) {
        all.add(new Read(item.id(), item.load()));
      }
    }
    return all;
  }

  @Test
  void everyOddRecordIsReadOrHasAReason() throws IOException {
    var folder = folder();
    var expected =
        JsonMapper.shared().readTree(Files.readString(folder.resolve("odd.expected.json")));
    var read = new HashMap<Long, Read>();
    for (var one : read(folder.resolve("odd.warc.gz"))) {
      read.put(Long.parseLong(one.id().replaceFirst(".*@", "")), one);
    }
    assertThat(read).hasSize(expected.size());
    for (var record : expected) {
      check(record, read.get(record.get("offset").asLong()));
    }
  }

  private static void check(JsonNode record, Read read) {
    var type = record.get("type").asString();
    var what = record.get("case").asString();
    var expect = record.path("expect").asString("");
    assertThat(read).as(what).isNotNull();
    if (!type.equals("response")) {
      assertThat(read.reason()).as(what).isEqualTo(type + "-record");
    } else if (expect.startsWith("left out (status)")) {
      assertThat(read.reason()).as(what).isEqualTo("status-not-200");
    } else if (expect.startsWith("left out (type)")) {
      assertThat(read.reason()).as(what).isEqualTo("not-html");
    } else if (expect.equals("no text")) {
      assertThat(read.reason()).as(what).isEqualTo("empty-body");
    } else if (!expect.startsWith("no exception")) {
      document(record, read, what, expect);
    }
  }

  private static void document(JsonNode record, Read read, String what, String expect) {
    assertThat(read.reason()).as(what).isEmpty();
    var doc = read.doc();
    assertThat(doc.kind()).as(what).isEqualTo("page");
    assertThat(doc.url()).as(what).isEqualTo(record.get("url").asString());
    assertThat(doc.date()).as(what).isNotEmpty();
    assertThat(doc.offset()).as(what).isEqualTo(record.get("offset").asLong());
    if (expect.startsWith("text has ")) {
      var text = HtmlText.of(doc.text(), doc.url()).text();
      for (var part : expect.substring(9).split("\" and ")) {
        assertThat(text).as(what).contains(part.replace("\"", ""));
      }
    }
  }

  @Test
  void truncatedAndJoinedFilesGiveTheRecordsThatAreWhole() {
    var folder = folder();
    var whole = texts(read(folder.resolve("odd.warc.gz")));
    var truncated = read(folder.resolve("truncated.warc.gz"));
    assertThat(truncated).last().extracting(Read::reason).isEqualTo("record-cut-short");
    assertThat(whole).containsAllEntriesOf(texts(truncated));
    assertThat(texts(truncated)).hasSize(7);
    var garbage = read(folder.resolve("garbage-between.warc.gz"));
    assertThat(whole).containsAllEntriesOf(texts(garbage));
    assertThat(texts(garbage)).hasSize(5);
    assertThat(garbage).extracting(Read::reason).containsOnlyOnce("no-record");
    for (var name : List.of("one-member.warc.gz", "plain.warc")) {
      var read = read(folder.resolve(name));
      assertThat(texts(read)).as(name).hasSize(5).isEqualTo(texts(garbage));
      assertThat(read).extracting(Read::id).doesNotHaveDuplicates();
    }
  }

  private static Map<String, String> texts(List<Read> all) {
    var texts = new HashMap<String, String>();
    all.stream()
        .filter(one -> one.loaded() instanceof Loaded.Document)
        .forEach(one -> texts.putIfAbsent(one.doc().url(), one.doc().text()));
    return texts;
  }

  @Test
  void textsOfAWetFileAreRead() {
    var read = read(folder().resolve("pages.warc.wet.gz"));
    var docs =
        read.stream().filter(one -> one.loaded() instanceof Loaded.Document).toList();
    assertThat(docs).hasSize(40);
    assertThat(docs).allMatch(one -> one.doc().kind().equals("text"));
    assertThat(docs).allMatch(one -> one.doc().language().equals("eng"));
  }
}

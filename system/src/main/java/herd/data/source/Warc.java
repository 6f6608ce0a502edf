package herd.data.source;

import herd.data.html.Decoding;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/// A web archive: WARC with the pages as servers sent them, or WET with their texts; plain, `.gz`
/// or `.zst`. Answers other than 200, records that are no documents, and bodies that are not HTML
/// are left out with a reason. An offset is that of the record's `.gz` member, or of the record.
record Warc(Path file, Reading reading) implements Source {
  @Override
  public long bytes() {
    return FileBytes.size(file);
  }

  @Override
  public Cursor open() {
    return new Records(WarcBytes.open(file));
  }

  private final class Records implements Cursor {
    private final WarcBytes bytes;
    private final WarcRecords records;
    private long told;
    private boolean ended;

    Records(WarcBytes bytes) {
      this.bytes = bytes;
      records = new WarcRecords(bytes, reading.maxBytes());
    }

    @Override
    public Item next() {
      if (ended) {
        return null;
      }
      try {
        var record = records.next();
        if (record == null) {
          ended = true;
          return null;
        }
        return new Found(record, weight());
      } catch (IOException e) {
        ended = true;
        return Item.unreadable(file.getFileName() + "@" + bytes.offset(), 0, 0, "file-damaged");
      }
    }

    private long weight() {
      long before = told;
      told = bytes.fileBytes();
      return told - before;
    }

    @Override
    public void close() {
      bytes.close();
    }
  }

  private final class Found implements Item {
    private final WarcRecords.Record record;
    private final long weight;

    Found(WarcRecords.Record record, long weight) {
      this.record = record;
      this.weight = weight;
    }

    @Override
    public String id() {
      var number = record.number() == 0 ? "" : "+" + record.number();
      return file.getFileName() + "@" + record.offset() + number;
    }

    @Override
    public long weight() {
      return weight;
    }

    @Override
    public long bytes() {
      return record.content() == null ? 0 : record.content().length;
    }

    @Override
    public Loaded load() {
      if (record.trouble() != null) {
        return new Loaded.Unreadable(record.trouble());
      }
      var type = record.get("warc-type").toLowerCase(Locale.ROOT);
      return switch (type) {
        case "response" -> response();
        case "resource" -> resource();
        case "conversion" -> conversion();
        case "warcinfo", "request", "metadata", "revisit", "continuation" ->
          new Loaded.Unreadable(type + "-record");
        default -> new Loaded.Unreadable("other-record");
      };
    }

    private Loaded response() {
      var message = HttpMessage.of(record.content(), (int) reading.maxBytes());
      if (message.status() != 0 && message.status() != 200) {
        return new Loaded.Unreadable("status-not-200");
      }
      if (message.body() == null) {
        return new Loaded.Unreadable(message.trouble());
      }
      int packed = record.content().length;
      if (reading.packedTooWell(message.body().length, packed)) {
        return new Loaded.Unreadable("packed-too-well");
      }
      var metadata = new HashMap<String, String>();
      var robots = message.head().get("x-robots-tag");
      if (robots != null) {
        metadata.put("x-robots-tag", robots);
      }
      return page(message.head().getOrDefault("content-type", ""), message.body(), metadata);
    }

    private Loaded resource() {
      return page(record.get("content-type"), record.content(), Map.of());
    }

    private Loaded page(String contentType, byte[] body, Map<String, String> metadata) {
      if (body.length == 0) {
        return new Loaded.Unreadable("empty-body");
      }
      var type = HttpMessage.type(contentType);
      boolean html = type.equals("text/html")
          || type.equals("application/xhtml+xml")
          || type.isEmpty() && HttpMessage.isMarkup(body);
      if (!html) {
        return new Loaded.Unreadable("not-html");
      }
      var page = Decoding.utf8(body, HttpMessage.charset(contentType));
      return page == null
          ? new Loaded.Unreadable("not-text")
          : document("page", null, page, body, "", metadata);
    }

    private Loaded conversion() {
      var text = Decoding.text(record.content());
      if (text == null) {
        return new Loaded.Unreadable("not-text");
      }
      return text.isBlank()
          ? new Loaded.Unreadable("empty-body")
          : document("text", text, null, record.content(), language(), Map.of());
    }

    /// The first of the languages that the crawler found.
    private String language() {
      var said = record.get("warc-identified-content-language");
      int comma = said.indexOf(',');
      return comma < 0 ? said : said.substring(0, comma);
    }

    private Loaded document(
        String kind,
        String text,
        byte[] page,
        byte[] body,
        String language,
        Map<String, String> metadata) {
      var url = bare(record.get("warc-target-uri"));
      var digest = record.get("warc-payload-digest");
      return new Loaded.Document(
          url.isEmpty() ? id() : url,
          host(url),
          kind,
          url.isEmpty() ? id() : url,
          "",
          text,
          record.get("warc-date"),
          language,
          file.toString(),
          record.offset(),
          digest.isEmpty() ? FileBytes.digest(body) : digest,
          metadata,
          page);
    }
  }

  /// Without the brackets that early archives have around addresses.
  private static String bare(String url) {
    int from = url.startsWith("<") ? 1 : 0;
    int to = url.length() > from && url.endsWith(">") ? url.length() - 1 : url.length();
    return url.substring(from, to);
  }

  /// The host of a URL, in lower case; empty if there is none.
  private static String host(String url) {
    int from = url.indexOf("://");
    if (from < 0) {
      return "";
    }
    int to = from + 3;
    while (to < url.length() && "/?#".indexOf(url.charAt(to)) < 0) {
      to++;
    }
    int user = url.lastIndexOf('@', to - 1);
    var host = url.substring(user > from ? user + 1 : from + 3, to);
    int port = host.lastIndexOf(':');
    return (port > 0 && !host.endsWith("]") ? host.substring(0, port) : host)
        .toLowerCase(Locale.ROOT);
  }
}

package herd.data.source;

import herd.data.html.Decoding;
import herd.run.Interrupted;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/// A web archive: WARC with the pages as servers sent them, or WET with their texts; plain, `.gz`
/// or `.zst`. Answers other than 200, records that are no documents, and bodies that are not HTML
/// are left out with a reason. An offset is that of the record's `.gz` member, or of the record.
///
/// A large `.gz` archive is read in segments, several side by side, since each record is a member
/// that can be unpacked by itself. Where a segment begins is guessed and then compared with where
/// the one before ended: what is handed out is what reading from the beginning finds.
/// @param lanes segments that are read at a time
/// @param segment bytes of one in the file
record Warc(Path file, Reading reading, int lanes, long segment) implements Source {
  private static final long SEGMENT = 1 << 20;

  /// Processors that one thread can provide with pages.
  private static final int FED = 4;

  private static final int MOST_LANES = 16;

  /// Unpacked bytes that wait in a segment.
  private static final long WAITING = 8 << 20;

  Warc(Path file, Reading reading) {
    this(
        file,
        reading,
        Math.clamp(Runtime.getRuntime().availableProcessors() / FED, 1, MOST_LANES),
        SEGMENT);
  }

  @Override
  public long bytes() {
    return FileBytes.size(file);
  }

  @Override
  public Cursor open() {
    boolean large = file.toString().toLowerCase(Locale.ROOT).endsWith(".gz") && bytes() > segment;
    return large ? new Segments() : new Records(WarcBytes.open(file), Long.MAX_VALUE, 0);
  }

  private final class Records implements Cursor {
    private final WarcBytes bytes;
    private final WarcRecords records;
    private long told;
    private boolean ended;

    Records(WarcBytes bytes, long limit, long from) {
      this.bytes = bytes;
      records = new WarcRecords(bytes, reading.maxBytes(), limit);
      told = from;
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
        return new Found(record, weight(record));
      } catch (IOException e) {
        ended = true;
        return Item.unreadable(file.getFileName() + "@" + bytes.offset(), 0, 0, "file-damaged");
      }
    }

    /// In a file of members what a record weighs does not depend on how the file is read.
    private long weight(WarcRecords.Record record) {
      long before = told;
      boolean first = bytes.packed() && record.number() == 0;
      told = Math.max(told, first ? record.offset() : bytes.fileBytes());
      return told - before;
    }

    @Override
    public void close() {
      bytes.close();
    }
  }

  /// Hands out the records of segments, in order.
  private final class Segments implements Cursor {
    private final ArrayDeque<Lane> ahead = new ArrayDeque<>();
    private final long count = Math.ceilDiv(bytes(), segment);
    private long place; // where the member begins that comes next
    private long started; // segments of which a lane was started, or that need none
    private Lane lane; // either this is read from
    private Records records; // or this

    @Override
    public Item next() {
      while (true) {
        if (lane == null && records == null) {
          if (place == Long.MAX_VALUE) {
            return null;
          }
          begin();
        }
        var item = lane != null ? lane.next() : records.next();
        if (item != null) {
          return item;
        }
        place = lane != null ? lane.end() : records.records.end();
        end();
      }
    }

    /// Begins with the segment in which the next member is.
    private void begin() {
      long number = place / segment;
      while (!ahead.isEmpty() && ahead.peek().number < number) {
        ahead.remove().close();
      }
      lane = ahead.isEmpty() || ahead.peek().number > number ? null : ahead.remove();
      started = Math.max(started, number + 1);
      while (started < Math.min(count, number + lanes)) {
        ahead.add(new Lane(started++));
      }
      if (lane != null && lane.start() != place) {
        lane.close();
        lane = null;
      }
      if (lane == null) {
        var bytes = WarcBytes.open(file, place);
        records = new Records(bytes, (number + 1) * segment, place);
      }
    }

    private void end() {
      if (lane != null) {
        lane.close();
      }
      if (records != null) {
        records.close();
      }
      lane = null;
      records = null;
    }

    @Override
    public void close() {
      end();
      ahead.forEach(Lane::close);
    }
  }

  /// A segment that is read by a thread of its own, ahead of time.
  private final class Lane {
    private final long number;
    private final ArrayDeque<Item> items = new ArrayDeque<>();
    private long held;
    private long start = Long.MIN_VALUE; // until it is known
    private long end;
    private boolean done;
    private boolean closed;
    private RuntimeException trouble;

    Lane(long number) {
      this.number = number;
      Thread.ofPlatform().daemon().name("segment").start(this::read);
    }

    private void read() {
      try (var bytes = WarcBytes.open(file, number * segment)) {
        var records = new Records(bytes, (number + 1) * segment, 0);
        long from = records.records.toMember();
        records.told = from;
        begins(from);
        for (Item item; from >= 0 && (item = records.next()) != null && put(item); ) {}
        ends(records.records.end(), null);
      } catch (IOException e) {
        begins(-1);
        ends(0, null);
      } catch (RuntimeException e) {
        begins(-1);
        ends(0, e);
      }
    }

    private synchronized void begins(long from) {
      start = start == Long.MIN_VALUE ? from : start;
      notifyAll();
    }

    private synchronized void ends(long at, RuntimeException why) {
      end = at;
      trouble = why;
      done = true;
      notifyAll();
    }

    /// @return whether more is wanted
    private synchronized boolean put(Item item) {
      while (held > WAITING && !closed) {
        pause();
      }
      items.add(item);
      held += item.bytes();
      notifyAll();
      return !closed;
    }

    /// Where its first member begins; negative if there is none.
    synchronized long start() {
      while (start == Long.MIN_VALUE) {
        pause();
      }
      return start;
    }

    /// Its next item, null at its end.
    synchronized Item next() {
      while (items.isEmpty() && !done) {
        pause();
      }
      if (items.isEmpty()) {
        if (trouble != null) {
          throw trouble;
        }
        return null;
      }
      var item = items.remove();
      held -= item.bytes();
      notifyAll();
      return item;
    }

    synchronized long end() {
      return end;
    }

    private void pause() {
      try {
        wait();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new Interrupted();
      }
    }

    synchronized void close() {
      closed = true;
      items.clear();
      notifyAll();
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

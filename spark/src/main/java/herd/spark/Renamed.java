package herd.spark;

import herd.data.source.Item;
import herd.data.source.Loaded;
import herd.data.source.Source;
import java.nio.file.Path;

/// A source that was copied to this machine: its documents name the file that the user named.
record Renamed(Source source, String name) implements Source {
  @Override
  public Path file() {
    return source.file();
  }

  @Override
  public long bytes() {
    return source.bytes();
  }

  @Override
  public Cursor open() {
    var cursor = source.open();
    return new Cursor() {
      @Override
      public Item next() {
        var item = cursor.next();
        return item == null ? null : new Named(item, name);
      }

      @Override
      public void close() {
        cursor.close();
      }
    };
  }

  private record Named(Item item, String name) implements Item {
    @Override
    public String id() {
      return item.id();
    }

    @Override
    public long weight() {
      return item.weight();
    }

    @Override
    public long bytes() {
      return item.bytes();
    }

    @Override
    public Loaded load() {
      return switch (item.load()) {
        case Loaded.Unreadable none -> none;
        case Loaded.Document d ->
          new Loaded.Document(
              d.url(),
              d.source(),
              d.kind(),
              d.group(),
              d.title(),
              d.page() == null ? d.text() : "",
              d.date(),
              d.language(),
              name,
              d.offset(),
              d.digest(),
              d.metadata(),
              d.page());
      };
    }
  }
}

package herd.spark;

import herd.data.source.Item;
import herd.data.source.Loaded;
import herd.data.source.Source;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/// A source that was copied to this machine: its documents name the file that the user named, also
/// where ids and repositories are called after it.
record Renamed(Source source, String name) implements Source {
  /// What begins with the folder of the copy, with that of the file.
  private String named(String text) {
    var folder = source.file().getParent() + "/";
    return text.startsWith(folder)
        ? name.substring(0, name.lastIndexOf('/') + 1) + text.substring(folder.length())
        : text;
  }

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
        return item == null ? null : new Named(item);
      }

      @Override
      public void close() {
        cursor.close();
      }
    };
  }

  private final class Named implements Item {
    private final Item item;

    Named(Item item) {
      this.item = item;
    }

    @Override
    public String id() {
      return named(item.id());
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
              metadata(d.metadata()),
              d.page());
      };
    }

    private Map<String, String> metadata(Map<String, String> said) {
      var named = new HashMap<>(said);
      named.computeIfPresent("repo", (_, repository) -> named(repository));
      return named;
    }
  }
}

package herd.data.source;

/// One raw document that was found but not yet decoded.
public interface Item {
  /// Its stable name: file and place in it.
  String id();

  /// Bytes of the file that lead from the item before to the end of this one.
  long weight();

  /// Bytes that it has when unpacked, as far as that is known without loading it.
  long bytes();

  /// Decodes it; a page's text is still HTML then. On any thread, once.
  Loaded load();

  /// An item that cannot be read.
  static Item unreadable(String id, long weight, long bytes, String reason) {
    return new Ready(id, weight, bytes, new Loaded.Unreadable(reason));
  }

  /// An item that needs no more work.
  record Ready(String id, long weight, long bytes, Loaded load) implements Item {}
}

package herd.data;

import java.util.List;

/// Raw documents in an order that is always the same. Items are loaded from several threads.
interface Source {
  /// All items, not loaded yet.
  List<Item> items();

  /// One raw document.
  interface Item {
    /// What [Doc#id] will be.
    String id();

    /// Bytes that loading takes from its archive or file: the unit of progress.
    long weight();

    /// Bytes that it has when unpacked, as far as that is known without loading it.
    long bytes();

    /// Loads it: a page's text is still HTML then.
    /// @return a document, or why there is none
    Verdict load();
  }
}

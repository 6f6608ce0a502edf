package herd.data.source;

import herd.engine.UserError;
import java.util.List;
import java.util.Locale;

/// How sources are read.
/// @param maxBytes a document that is larger, packed or unpacked, is dropped unread
/// @param textKey key or column of the text in rows
/// @param endings endings of the names of files inside archives and folders that are read, `html`;
/// empty for all that are known
/// @param repositories whether archives, and folders with code in them, are repositories: their
/// documents say `repo` and `path`
/// @param html whether a row without a text but with `html` is a page; else it is dropped
public record Reading(
    long maxBytes, String textKey, List<String> endings, boolean repositories, boolean html) {
  /// No text packs better than this; a bomb does.
  private static final int MAX_RATIO = 200;

  /// Documents up to this size are let through whatever their ratio.
  private static final long SMALL = 1 << 20;

  public Reading {
    if (maxBytes < 1 || maxBytes > Integer.MAX_VALUE / 4) {
      throw new UserError("maxBytes", "" + maxBytes, "1 to 512M", "The usual is 16M.");
    }
    endings = List.copyOf(endings);
  }

  /// Without repositories.
  public Reading(long maxBytes, String textKey, List<String> endings) {
    this(maxBytes, textKey, endings, false);
  }

  /// Rows of pages, too.
  public Reading(long maxBytes, String textKey, List<String> endings, boolean repositories) {
    this(maxBytes, textKey, endings, repositories, true);
  }

  /// Everything that is known, texts under `text`.
  public static Reading all(long maxBytes) {
    return new Reading(maxBytes, "text", List.of());
  }

  /// Whether a file of this name is wanted.
  boolean wants(String name) {
    return endings.isEmpty() || endings.contains(ending(name));
  }

  /// `gz` and `zst` left out: `a.html.gz` ends in `html`.
  static String ending(String name) {
    var lower = name.toLowerCase(Locale.ROOT).replaceFirst("\\.(gz|zst)$", "");
    int dot = lower.lastIndexOf('.');
    return dot < 0 || dot < lower.lastIndexOf('/') ? "" : lower.substring(dot + 1);
  }

  boolean packedTooWell(long size, long packed) {
    return size > SMALL && size / MAX_RATIO > Math.max(1, packed);
  }
}

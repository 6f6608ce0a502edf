package herd.data;

import com.dynatrace.hash4j.hashing.Hashing;
import herd.engine.UserError;
import herd.run.About;
import herd.run.Default;

/// Which documents no later stage may learn from, by a hash of their group: pages and sources of
/// one class stand on the same side. Split separately, most held-out sentences would stand in the
/// comments of some training source.
/// @param share of groups that are held out
@About("what no later stage learns from, by hash of the top-level class")
public record Holdout(
    @About("share of groups held out, 0 to 0.5") @Default("0.05")
    double share) {
  public Holdout {
    if (!(share > 0 && share <= 0.5)) {
      throw new UserError("share", "" + share, "more than 0, at most 0.5", "The usual is 0.05.");
    }
  }

  /// Whether `group` is held out under `seed`.
  public boolean holds(String group, long seed) {
    long hash = Hashing.xxh3_64(seed).hashCharsToLong(group);
    return (hash >>> 11) * 0x1p-53 < share;
  }
}

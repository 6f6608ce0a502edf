package herd.engine.model;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/// Who holds which block of a paged [KvCache]: blocks are counted, shared and kept. A block that
/// nobody holds but whose contents are known by a key stays findable until its memory is needed;
/// those not used for the longest time go first. Serves one thread.
public final class KvBlocks {
  private static final int NONE = -1;

  private final int most;
  private final int thrift;
  private final Map<Object, Integer> byKey = new HashMap<>();
  private int[] holders;
  private Object[] keys;
  // Blocks without holders form a ring through `before` and `after`, its end at index `most`.
  private final int[] before;
  private final int[] after;
  private int made;
  private int free;
  private int kept;

  /// @param most blocks there may ever be
  public KvBlocks(int most) {
    this(most, most);
  }

  /// @param most blocks there may ever be
  /// @param thrift once there are so many, those that are merely kept are used again before new
  ///     ones, which need memory
  public KvBlocks(int most, int thrift) {
    this.most = most;
    this.thrift = Math.min(most, thrift);
    holders = new int[most];
    keys = new Object[most];
    before = new int[most + 1];
    after = new int[most + 1];
    before[most] = most;
    after[most] = most;
  }

  /// Blocks there may ever be.
  public int most() {
    return most;
  }

  /// One more than the highest block handed out so far: what needs memory.
  public int made() {
    return made;
  }

  /// Blocks that can be taken.
  public int available() {
    return most - made + free;
  }

  /// Blocks that nobody holds but that can be found by their keys.
  public int kept() {
    return kept;
  }

  /// Blocks with holders.
  public int held() {
    return made - free;
  }

  /// A block for one holder, its contents arbitrary; -1 if all are held.
  public int take() {
    int block = after[most];
    if (block != most && (keys[block] == null || made >= thrift)) {
      unlink(block);
      forget(block);
      holders[block] = 1;
      return block;
    }
    if (made < most) {
      holders[made] = 1;
      return made++;
    }
    return NONE;
  }

  /// The block known by `key`, with one more holder; -1 if there is none.
  public int find(Object key) {
    Integer block = byKey.get(key);
    if (block == null) {
      return NONE;
    }
    if (holders[block]++ == 0) {
      unlink(block);
      kept--;
    }
    return block;
  }

  /// Whether a block is known by `key`.
  public boolean knows(Object key) {
    return byKey.containsKey(key);
  }

  /// Makes the full block findable, unless another one has that key.
  public void name(int block, Object key) {
    if (byKey.putIfAbsent(key, block) == null) {
      keys[block] = key;
    }
  }

  /// Ends one holder's hold.
  public void release(int block) {
    if (--holders[block] > 0) {
      return;
    }
    if (holders[block] < 0) {
      throw new IllegalStateException("block " + block + " is not held");
    }
    // Unnamed blocks are taken first, named ones last.
    int next = keys[block] == null ? after[most] : most;
    int previous = before[next];
    before[block] = previous;
    after[block] = next;
    after[previous] = block;
    before[next] = block;
    free++;
    if (keys[block] != null) {
      kept++;
    }
  }

  /// Forgets all keys: what the blocks hold is no longer valid.
  public void forgetAll() {
    byKey.clear();
    Arrays.fill(keys, null);
    kept = 0;
  }

  private void unlink(int block) {
    after[before[block]] = after[block];
    before[after[block]] = before[block];
    free--;
  }

  private void forget(int block) {
    if (keys[block] != null) {
      byKey.remove(keys[block]);
      keys[block] = null;
      kept--;
    }
  }
}

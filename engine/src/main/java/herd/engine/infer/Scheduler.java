package herd.engine.infer;

import herd.engine.model.KvBlocks;
import herd.engine.sample.PromptLookup;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Decides what each step computes: first the next token of every running answer, then pieces of
/// prompts, oldest first, then requests that wait: of the client with the fewest places, first come
/// first served; none is passed by since it is large. Where blocks run out
/// the youngest gives up its own and waits again at the head of the queue; its tokens stay.
final class Scheduler {
  private final EngineSettings settings;
  private final KvBlocks blocks;
  private final int size;
  private final Deque<Sequence> waiting = new ArrayDeque<>();
  private final List<Sequence> running = new ArrayList<>();
  /// Keys of blocks that running sequences are about to compute.
  private final Map<Object, Sequence> coming = new HashMap<>();
  private final MessageDigest digest;
  private final PromptLookup lookup;
  private final Drafter drafter; // null for none
  private int budget;
  private long preemptions;
  private long cachedTokens;

  /// @param drafter null for none
  Scheduler(EngineSettings settings, KvBlocks blocks, Drafter drafter) {
    this.settings = settings;
    this.drafter = drafter;
    this.blocks = blocks;
    this.size = settings.blockTokens();
    this.lookup = new PromptLookup(settings.lookup());
    try {
      this.digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  void add(Sequence sequence) {
    waiting.addLast(sequence);
  }

  boolean isIdle() {
    return waiting.isEmpty() && running.isEmpty();
  }

  /// Those with a place, oldest first.
  List<Sequence> running() {
    return running;
  }

  int queued() {
    return waiting.size();
  }

  long preemptions() {
    return preemptions;
  }

  long cachedTokens() {
    return cachedTokens;
  }

  /// Takes places and blocks from what has ended or was cancelled.
  void sweep() {
    for (var sequence : running) {
      if (sequence.isCancelled()) {
        sequence.end(Finish.CANCELLED, null);
      }
      if (sequence.ended()) {
        free(sequence);
      }
    }
    running.removeIf(Sequence::ended);
    for (var sequence : waiting) {
      if (sequence.isCancelled()) {
        sequence.end(Finish.CANCELLED, null);
      }
    }
    waiting.removeIf(Sequence::ended);
  }

  /// Ends all there is.
  void endAll(Finish finish, Throwable failure) {
    for (var sequence : running) {
      sequence.end(finish, failure);
    }
    for (var sequence : waiting) {
      sequence.end(finish, failure);
    }
    sweep();
  }

  /// Sets what each running sequence computes in the next step.
  /// @return tokens in all
  int plan() {
    budget = settings.stepTokens();
    for (var sequence : running) {
      sequence.planned = 0;
      sequence.drafts = PromptLookup.NONE;
    }
    for (int i = 0; i < running.size(); i++) {
      if (running.get(i).pending() == 1 && reserve(running.get(i), 1)) {
        budget -= running.get(i).planned = 1;
      }
    }
    for (int i = 0; i < running.size() && budget > 0; i++) {
      var sequence = running.get(i);
      int piece = Math.min(budget, sequence.pending());
      if (sequence.planned == 0 && reserve(sequence, piece)) {
        budget -= sequence.planned = piece;
      }
    }
    admit();
    draft();
    return running.stream().mapToInt(sequence -> sequence.planned).sum();
  }

  /// Sees to blocks for the sequence's next tokens, at the cost of younger ones, or else of itself.
  private boolean reserve(Sequence sequence, int tokens) {
    while (!grow(sequence, tokens)) {
      var youngest = running.getLast();
      preempt(youngest);
      if (youngest == sequence) {
        return false;
      }
    }
    return true;
  }

  /// Takes free blocks for the sequence's next tokens; false if there are too few.
  private boolean grow(Sequence sequence, int tokens) {
    int wanted = (sequence.computed + tokens + size - 1) / size;
    if (wanted - sequence.blockCount > blocks.available()) {
      return false;
    }
    if (wanted > sequence.blocks.length) {
      sequence.blocks = Arrays.copyOf(sequence.blocks, Math.max(wanted, 2 * sequence.blockCount));
    }
    while (sequence.blockCount < wanted) {
      sequence.blocks[sequence.blockCount++] = blocks.take();
    }
    return true;
  }

  private void preempt(Sequence sequence) {
    preemptions++;
    running.remove(sequence);
    budget += sequence.planned;
    free(sequence);
    waiting.addFirst(sequence);
  }

  /// Gives the blocks back, the last first: a prefix is more useful than what follows it.
  private void free(Sequence sequence) {
    for (int i = sequence.named; i < sequence.keys.size(); i++) {
      coming.remove(sequence.keys.get(i), sequence);
    }
    while (sequence.blockCount > 0) {
      blocks.release(sequence.blocks[--sequence.blockCount]);
    }
    sequence.computed = 0;
    sequence.named = 0;
    sequence.planned = 0;
    sequence.followed = 0;
  }

  // --- admission ---

  private void admit() {
    var passed = new HashSet<Sequence>();
    while (budget > 0 && running.size() < settings.places()) {
      var sequence = next(passed);
      if (sequence == null) {
        return;
      }
      if (share(sequence)) {
        passed.add(
            sequence); // what it needs is being computed: those behind need not wait for that
        continue;
      }
      int whole = (sequence.length + size) / size - sequence.blockCount;
      int piece = Math.min(budget, sequence.pending());
      if (whole > blocks.available() && !running.isEmpty() || !grow(sequence, piece)) {
        free(sequence);
        return;
      }
      waiting.remove(sequence);
      running.add(sequence);
      budget -= sequence.planned = piece;
      if (sequence.cached < 0) {
        sequence.cached = sequence.computed;
        cachedTokens += sequence.computed;
      }
      for (int i = sequence.named; i < sequence.keys.size(); i++) {
        coming.putIfAbsent(sequence.keys.get(i), sequence);
      }
    }
  }

  /// Who gets a place next, null for nobody: what had one before, then who has the fewest.
  private Sequence next(Set<Sequence> passed) {
    var places = new HashMap<String, Integer>();
    running.forEach(sequence -> places.merge(sequence.request.client(), 1, Integer::sum));
    Sequence best = null;
    int fewest = Integer.MAX_VALUE;
    for (var sequence : waiting) {
      int has = sequence.cached >= 0 ? -1 : places.getOrDefault(sequence.request.client(), 0);
      if (has < fewest && !passed.contains(sequence)) {
        best = sequence;
        fewest = has;
      }
    }
    return best;
  }

  /// Gives the sequence the blocks of its beginning that are known.
  /// @return whether the next one is being computed by another sequence
  private boolean share(Sequence sequence) {
    if (!settings.prefixSharing() || sequence.request.pooling() == Request.Pooling.MEAN) {
      return false;
    }
    // One token at least must be computed, and whatever the likelihoods still wanted depend on.
    int most = Math.max(0, Math.min(sequence.pending(), sequence.scored) - 1) / size;
    extendKeys(sequence, sequence.length / size);
    for (int i = 0; i < most; i++) {
      var key = sequence.keys.get(i);
      if (!blocks.knows(key)) {
        if (coming.containsKey(key)) {
          free(sequence);
          return true;
        }
        break;
      }
      if (sequence.blockCount == sequence.blocks.length) {
        sequence.blocks = Arrays.copyOf(sequence.blocks, Math.max(4, 2 * sequence.blockCount));
      }
      sequence.blocks[sequence.blockCount++] = blocks.find(key);
      sequence.computed += size;
      sequence.followed += size;
      sequence.named++;
    }
    return false;
  }

  /// Makes full blocks findable once they are computed.
  void name(Sequence sequence) {
    if (!settings.prefixSharing()) {
      return;
    }
    int full = sequence.computed / size;
    extendKeys(sequence, full);
    for (; sequence.named < full; sequence.named++) {
      var key = sequence.keys.get(sequence.named);
      blocks.name(sequence.blocks[sequence.named], key);
      coming.remove(key, sequence);
    }
  }

  /// A block's key is a digest of its tokens and of the key before it: equal keys mean equal
  /// sequences from the beginning on.
  private void extendKeys(Sequence sequence, int count) {
    for (int i = sequence.keys.size(); i < count; i++) {
      var bytes = ByteBuffer.allocate(4 * size);
      for (int t = i * size; t < (i + 1) * size; t++) {
        bytes.putInt(sequence.tokens[t]);
      }
      digest.update((byte) Math.min(i, 1));
      if (i > 0) {
        digest.update(((ByteBuffer) sequence.keys.get(i - 1)).duplicate());
      } else {
        digest.update(salt(sequence.request).getBytes(StandardCharsets.UTF_8));
      }
      sequence.keys.add(ByteBuffer.wrap(digest.digest(bytes.array())));
    }
  }

  /// What must be equal for two requests to share: the salt and the adapter.
  private static String salt(Request request) {
    var adapter = request.adapter() == null ? "" : request.adapter().fingerprint();
    return adapter + "/" + (request.cacheSalt() == null ? "" : "=" + request.cacheSalt());
  }

  // --- speculation ---

  /// Adds guesses to answers that get their next token, where tokens and blocks are left over:
  /// those of the text's own past, else the draft model's.
  private void draft() {
    if (settings.lookup() == 0 && drafter == null) {
      return;
    }
    var asking = new ArrayList<Sequence>();
    var wanted = new int[running.size()];
    for (var sequence : running) {
      int most = Math.min(budget, sequence.left() - 1);
      if (sequence.planned != 1 || sequence.pending() != 1 || most < 1) {
        continue;
      }
      var drafts = lookup.guess(sequence.tokens, sequence.length, most);
      int guesses = drafter == null ? 0 : Math.min(most, drafter.most(sequence));
      if (drafts.length > 0 && grow(sequence, 1 + drafts.length)) {
        plan(sequence, drafts);
      } else if (guesses > 0 && grow(sequence, 1 + guesses)) {
        wanted[asking.size()] = guesses;
        asking.add(sequence);
        budget -= guesses;
      }
    }
    if (!asking.isEmpty()) {
      drafter.guess(asking, wanted);
      for (int i = 0; i < asking.size(); i++) {
        budget += wanted[i];
        plan(asking.get(i), asking.get(i).drafts);
      }
    }
  }

  private void plan(Sequence sequence, int[] drafts) {
    sequence.drafts = drafts;
    sequence.planned += drafts.length;
    budget -= drafts.length;
  }
}

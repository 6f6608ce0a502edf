package herd.engine.infer;

import herd.engine.UserError;
import herd.engine.tensor.KvRows;

/// How an engine works. Start from [#DEFAULTS] and change what matters.
/// @param places requests answered at a time
/// @param queue requests that may wait; one more is refused as [Busy]
/// @param stepTokens tokens of one forward pass at most: a long prompt is read in pieces of what
///     the running answers leave of it, so that they never wait for more than one such step
/// @param kvBytes memory for keys and values at most; it is taken as needed
/// @param blockTokens positions in one block of keys and values; requests with the same beginning
///     share whole blocks
/// @param context positions of one sequence at most; 0 for what the model was trained for. More
///     than that is asked for by naming it
/// @param prefixSharing whether blocks are kept and shared between requests
/// @param deterministic whether a request gets the same tokens whatever else is in the batch, bit
///     for bit; slower
/// @param lookup tokens that are guessed ahead from the sequence's own earlier text and then
///     checked together; 0 for none. Answers stay the same
/// @param kv in which fewer bits keys and values are stored, null for all of them
public record EngineSettings(
    int places,
    int queue,
    int stepTokens,
    long kvBytes,
    int blockTokens,
    int context,
    boolean prefixSharing,
    boolean deterministic,
    int lookup,
    KvRows.Format kv) {
  /// 16 places, 1024 may wait, 512 tokens a step, 1 GiB of keys and values.
  public static final EngineSettings DEFAULTS =
      new EngineSettings(16, 1024, 512, 1L << 30, 48, 0, true, false, 0, null);

  public EngineSettings {
    least("places", places, 1);
    least("queue", queue, 1);
    least("stepTokens", stepTokens, 1);
    least("kvBytes", kvBytes, 1);
    least("blockTokens", blockTokens, 1);
    least("context", context, 0);
    least("lookup", lookup, 0);
    if (stepTokens < places) {
      throw new UserError(
          "stepTokens",
          stepTokens + " for " + places + " places",
          "at least one for each place",
          "Raise stepTokens or lower places.");
    }
  }

  private static void least(String name, long value, long least) {
    if (value < least) {
      throw new UserError(name, "" + value, least + " or more", "Correct it.");
    }
  }

  public EngineSettings withPlaces(int value) {
    int tokens = Math.max(stepTokens, value);
    return new EngineSettings(
        value,
        queue,
        tokens,
        kvBytes,
        blockTokens,
        context,
        prefixSharing,
        deterministic,
        lookup,
        kv);
  }

  public EngineSettings withQueue(int value) {
    return new EngineSettings(
        places,
        value,
        stepTokens,
        kvBytes,
        blockTokens,
        context,
        prefixSharing,
        deterministic,
        lookup,
        kv);
  }

  public EngineSettings withStepTokens(int value) {
    return new EngineSettings(
        places,
        queue,
        value,
        kvBytes,
        blockTokens,
        context,
        prefixSharing,
        deterministic,
        lookup,
        kv);
  }

  public EngineSettings withKvBytes(long value) {
    return new EngineSettings(
        places,
        queue,
        stepTokens,
        value,
        blockTokens,
        context,
        prefixSharing,
        deterministic,
        lookup,
        kv);
  }

  public EngineSettings withBlockTokens(int value) {
    return new EngineSettings(
        places,
        queue,
        stepTokens,
        kvBytes,
        value,
        context,
        prefixSharing,
        deterministic,
        lookup,
        kv);
  }

  public EngineSettings withContext(int value) {
    return new EngineSettings(
        places,
        queue,
        stepTokens,
        kvBytes,
        blockTokens,
        value,
        prefixSharing,
        deterministic,
        lookup,
        kv);
  }

  public EngineSettings withPrefixSharing(boolean value) {
    return new EngineSettings(
        places, queue, stepTokens, kvBytes, blockTokens, context, value, deterministic, lookup, kv);
  }

  public EngineSettings withDeterministic(boolean value) {
    return new EngineSettings(
        places, queue, stepTokens, kvBytes, blockTokens, context, prefixSharing, value, lookup, kv);
  }

  public EngineSettings withLookup(int value) {
    return new EngineSettings(
        places,
        queue,
        stepTokens,
        kvBytes,
        blockTokens,
        context,
        prefixSharing,
        deterministic,
        value,
        kv);
  }

  public EngineSettings withKv(KvRows.Format value) {
    return new EngineSettings(
        places,
        queue,
        stepTokens,
        kvBytes,
        blockTokens,
        context,
        prefixSharing,
        deterministic,
        lookup,
        value);
  }
}

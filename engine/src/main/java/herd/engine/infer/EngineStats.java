package herd.engine.infer;

/// What an engine is doing and has done since it began.
/// @param queued requests that wait for a place
/// @param running requests that are being answered
/// @param usedBlocks blocks of keys and values that running requests hold
/// @param cachedBlocks blocks that nobody holds, kept for requests with the same beginning
/// @param totalBlocks blocks there are at most
/// @param promptTokens tokens of prompts that came in
/// @param cachedTokens prompt tokens whose keys and values were found
/// @param generatedTokens tokens written
/// @param draftedTokens tokens guessed by speculation
/// @param acceptedTokens of these the right ones
/// @param preemptions requests that lost their place for a while
/// @param steps forward passes
public record EngineStats(
    int queued,
    int running,
    int usedBlocks,
    int cachedBlocks,
    int totalBlocks,
    long promptTokens,
    long cachedTokens,
    long generatedTokens,
    long draftedTokens,
    long acceptedTokens,
    long preemptions,
    long steps) {}

package herd.run;

import java.nio.file.Path;
import tools.jackson.databind.node.ObjectNode;

/// What a running stage is given: where its result goes, and what it has to say about it.
/// @param result an empty directory, renamed into place when the stage is complete
/// @param scratch a directory that outlives an interruption (checkpoints); deleted when the stage
/// is complete
/// @param facts becomes part of `stage.json`: counts, funnel, series, measures, samples
/// @param progress how far the work is
/// @param seed of all randomness in the stage
public record Workspace(
    Path result, Path scratch, ObjectNode facts, Progress progress, long seed) {}

package herd.recipe;

import herd.run.About;
import java.util.Map;

/// The mix changes during a training.
@About("the mix changes")
record MixAt(
    @About("tokens of training after which it happens") long after,

    @About("kind of document to how much more of it is shown; others stay as they were")
    Map<String, Double> mix) {}

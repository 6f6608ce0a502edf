package herd.recipe;

import herd.engine.UserError;
import herd.engine.model.LlamaConfig;
import herd.train.course.MemoryPlan;
import herd.train.course.TrainOptions;

/// What the settings of stages that train must keep to.
final class Limits {
  private Limits() {}

  /// Settings of a training on packed documents.
  /// @throws UserError if a number is impossible
  static void packed(long length, int tokensPerStep, int sequence, int context, long saveEvery) {
    sequence(sequence, context);
    if (tokensPerStep < sequence || tokensPerStep % sequence != 0) {
      throw new UserError(
          "tokensPerStep",
          "" + tokensPerStep,
          "a multiple of the sequence's " + sequence + " tokens",
          "Correct either.");
    }
    if (length < tokensPerStep) {
      throw new UserError(
          "length",
          "" + length,
          "at least one step of " + tokensPerStep + " tokens",
          "Raise length or lower tokensPerStep.");
    }
    positive("saveEvery", saveEvery, 500);
  }

  /// @throws UserError if the tokens are of another vocabulary than the model's
  static void vocabulary(Corpus corpus, int vocab) {
    int found = corpus.tokenizer().vocab();
    if (found > vocab) {
      throw new UserError(
          "tokens",
          "a vocabulary of " + found,
          "at most the model's " + vocab,
          "Tokenize the documents with the model's own tokenizer.");
    }
  }

  /// @throws UserError if the model has fewer positions
  static void sequence(int sequence, int context) {
    if (sequence < 2 || sequence > context) {
      throw new UserError(
          "sequence",
          "" + sequence,
          "2 to the model's context of " + context,
          "Lower sequence or raise model.context.");
    }
  }

  /// Settings of a training on examples, dialogues or pairs.
  /// @throws UserError if a number is impossible
  static void tuning(int epochs, int tokensPerStep, int maxTokens, long saveEvery) {
    positive("epochs", epochs, 1);
    positive("tokensPerStep", tokensPerStep, 1024);
    positive("maxTokens", maxTokens, 512);
    positive("saveEvery", saveEvery, 200);
  }

  /// @throws UserError if a training on examples sets what such a training does not have
  static void tuning(TrainOptions training) {
    if (training.tokensPerBatch() > 0) {
      throw new UserError(
          "training.tokensPerBatch",
          "" + training.tokensPerBatch(),
          "0: an example is never cut",
          "Lower tokensPerStep instead.");
    }
    if (training.zLoss() > 0) {
      throw new UserError(
          "training.zLoss", "" + training.zLoss(), "0", "It is for training on documents.");
    }
  }

  /// @param tokensPerStep of a training on examples
  /// @param maxTokens of an example, which may have a step of its own
  /// @throws UserError if the training needs more memory than there is
  static void memory(LlamaConfig model, int tokensPerStep, int maxTokens, TrainOptions training) {
    MemoryPlan.of(model, Math.max(tokensPerStep, maxTokens), training).check("tokensPerStep");
  }

  /// @param usual a sensible value, for the error
  /// @throws UserError if `value` is 0 or less
  static void positive(String name, long value, long usual) {
    if (value < 1) {
      throw new UserError(name, "" + value, "1 or more", "The usual is " + usual + ".");
    }
  }
}

package herd.recipe;

import herd.data.DocFile;
import herd.engine.text.ChatFormat;
import herd.post.Dialogue;
import herd.post.Dialogues;
import herd.post.JavaMethods;
import herd.run.About;
import herd.run.Default;
import herd.run.Workspace;
import herd.train.AdamW;
import herd.train.DialogueBatches;
import herd.train.Example;
import herd.train.Objective;
import herd.train.Schedule;
import herd.train.course.TrainOptions;
import herd.train.course.TrainingRun;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.stream.Collectors;

/// Supervised fine-tuning on dialogues made from the training documents' own comments (Llama 3
/// paper, section 4.1.3): cross-entropy on what the assistant says, prompts masked.
///
/// Leaves `model/` and `dialogues.jsonl`.
@About("supervised fine-tuning on dialogues made from the documents")
record SftStage(
    @About("stage with the model to go on from") @Default("anneal")
    String from,

    @About("stage with the documents") @Default("curate") String data,

    @About("what the dialogues are made of") @Default("{}") Dialogues dialogues,

    @About("how often each dialogue is seen") @Default("2") int epochs,

    @About("tokens of an optimizer step") @Default("1024") int tokensPerStep,

    @About("longer dialogues are left out") @Default("512") int maxTokens,

    @About("highest learning rate") @Default("1e-3") double peak,

    @About("steps of the linear warm-up") @Default("20") long warmup,

    @Default("{}") AdamW optimizer,

    @About("steps between checkpoints") @Default("200") long saveEvery,

    @Default("{}") TrainOptions training)
    implements Stage {
  SftStage {
    Limits.tuning(epochs, tokensPerStep, maxTokens, saveEvery);
    Limits.tuning(training);
    new Schedule.Constant(peak);
  }

  @Override
  public List<String> inputs() {
    return List.of(data, from);
  }

  @Override
  public int version() {
    return 1;
  }

  @Override
  public void run(Workspace workspace, Inputs inputs) throws IOException {
    var documents = DocFile.read(inputs.in(data, "train.parquet"));
    var made = dialogues.from(JavaMethods.of(documents), workspace.seed());
    Dialogue.write(workspace.result().resolve("dialogues.jsonl"), made);
    var tokenizer = ModelFolder.tokenizer(inputs.results().get(from));
    var format = new ChatFormat(tokenizer);
    var examples = made.stream()
        .map(dialogue -> Example.tuning(format.encode(dialogue.turns(), false)))
        .filter(example -> example.tokens().length <= maxTokens)
        .toList();
    var counts = workspace.facts().withObject("/counts");
    counts.put("dialogues", examples.size()).put("tooLong", made.size() - examples.size());
    made.stream()
        .collect(Collectors.groupingBy(Dialogue::kind, Collectors.counting()))
        .forEach(counts::put);
    var batches = new DialogueBatches(examples, tokensPerStep, epochs, workspace.seed());
    try (var arena = Arena.ofShared()) {
      var llama = ModelFolder.load(inputs.results().get(from), arena);
      Limits.memory(llama.config(), tokensPerStep, maxTokens, training);
      new TrainingRun(
              inputs.kernels(),
              new Objective.LanguageModel(),
              optimizer,
              new Schedule.WarmupLinear(peak, warmup, Math.max(warmup + 1, batches.steps())),
              batches,
              batches.steps(),
              saveEvery,
              training)
          .run(llama, workspace);
      ModelFolder.save(llama, tokenizer, workspace.result());
    }
  }
}

package herd.data.rate;

import herd.engine.automaton.Vocabulary;
import herd.engine.grammar.Grammar;
import herd.engine.infer.Engine;
import herd.engine.infer.EngineSettings;
import herd.engine.infer.Listener;
import herd.engine.infer.Model;
import herd.engine.infer.Request;
import herd.engine.infer.Ticket;
import herd.engine.sample.Sampling;
import herd.engine.text.Conversation;
import herd.engine.text.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/// A model of our own engine: a grammar lets it write nothing but a label.
public final class ModelRater implements Rater {
  private final Model model;
  private final Engine engine;
  private final Vocabulary vocabulary;

  /// @param model open for as long as this is
  /// @param settings of the engine
  public ModelRater(Model model, EngineSettings settings) {
    this.model = model;
    this.engine = model.engine(settings);
    this.vocabulary = Vocabulary.of(model.tokenizer());
  }

  @Override
  public List<String> rate(Rubric rubric, List<String> texts) {
    var pattern = rubric.names().stream()
        .map(name -> name.replace("-", "\\-"))
        .collect(Collectors.joining("|", "(", ")"));
    var grammar = Grammar.ofRegex(pattern);
    var requests = new ArrayList<Request>();
    for (var text : texts) {
      requests.add(Request.of(prompt(rubric, text), Sampling.greedy(), 64)
          .withStopIds(model.stopIds())
          .withConstraint(grammar.constraint(vocabulary)));
    }
    var labels = new ArrayList<String>();
    for (Ticket ticket : engine.submit(requests, _ -> new Listener() {})) {
      var result = ticket.join();
      switch (result.failure()) {
        case null -> {
          var label = result.text().strip();
          labels.add(rubric.names().contains(label) ? label : null);
        }
        case RuntimeException e -> throw e;
        case Error e -> throw e;
        case Throwable e -> throw new IllegalStateException(e);
      }
    }
    return labels;
  }

  /// The question in the model's chat format, with as much of the text as the context holds.
  private int[] prompt(Rubric rubric, String text) {
    for (int length = Math.min(text.length(), rubric.characters()); ; length /= 2) {
      var messages = List.of(
          new Message("system", rubric.system()),
          new Message("user", rubric.question(text.substring(0, length))));
      int[] ids = model.template().encode(Conversation.of(messages), model.tokenizer());
      if (ids.length + 64 <= engine.context() || length < 16) {
        return ids;
      }
    }
  }

  @Override
  public void close() {
    engine.close();
  }
}

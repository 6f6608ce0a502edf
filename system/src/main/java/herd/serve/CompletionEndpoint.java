package herd.serve;

import herd.engine.infer.Finish;
import herd.engine.infer.Request;
import herd.engine.infer.Result;
import herd.engine.infer.Token;
import herd.serve.http.Call;
import herd.serve.http.EventStream;
import herd.serve.http.Handler;
import herd.serve.protocol.CompletionReply;
import herd.serve.protocol.CompletionRequest;
import herd.serve.protocol.Fields;
import herd.serve.protocol.LogProb;
import herd.serve.protocol.Prompt;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/// `POST /v1/completions`: prompts as texts or tokens, one or many, answered with or without their
/// echo; what evaluation programs use.
final class CompletionEndpoint implements Handler {
  private final Models models;
  private final Metrics metrics;
  private final boolean logTexts;

  CompletionEndpoint(Models models, Metrics metrics, boolean logTexts) {
    this.models = models;
    this.metrics = metrics;
    this.logTexts = logTexts;
  }

  @Override
  public void handle(Call call) throws IOException {
    var request = CompletionRequest.of(Fields.parse(call.body()));
    var model = models.get(request.model());
    call.note("model", model.id());
    if (logTexts) {
      call.note("prompts", request.prompts());
    }
    try (var _ = model.hold()) {
      var constraint = model.constraints().of(request.format());
      var requests = new ArrayList<Request>();
      var prompts = new ArrayList<int[]>();
      boolean ofPrompt = request.echo() && request.logProbs() >= 0;
      for (int i = 0; i < request.prompts().size(); i++) {
        var param = request.prompts().size() == 1 ? "prompt" : "prompt[" + i + "]";
        var ids = Asked.ids(
            model, request.prompts().get(i), param, request.addSpecials(), request.specials());
        prompts.add(ids);
        requests.addAll(Asked.requests(
            model,
            ids,
            param,
            request.drawing(),
            constraint,
            request.logProbs(),
            ofPrompt,
            call.key().name()));
      }
      call.key().countPrompt(prompts.stream().mapToLong(ids -> ids.length).sum());
      try (var answers = new Answers(model, requests, request.drawing().stream(), metrics)) {
        var writing = new Writing(call, model, request, prompts, answers, requests.size());
        call.whenGone(answers::abandon);
        try {
          if (request.drawing().stream()) {
            writing.stream();
          } else {
            writing.whole();
          }
        } finally {
          writing.tally.note(call);
        }
      }
    }
  }

  /// One answer as it grows.
  private static final class Choice {
    final StringBuilder text = new StringBuilder();
    final List<LogProb> logProbs = new ArrayList<>();
    int told; // characters of log-probabilities that went out
    Result result;
  }

  /// One request being answered.
  private final class Writing {
    private final Call call;
    private final ServedModel model;
    private final CompletionRequest request;
    private final List<int[]> prompts;
    private final Answers answers;
    private final CompletionReply reply;
    private final List<Choice> choices = new ArrayList<>();
    private final Tally tally;
    private EventStream events;

    Writing(
        Call call,
        ServedModel model,
        CompletionRequest request,
        List<int[]> prompts,
        Answers answers,
        int count) {
      this.call = call;
      this.model = model;
      this.request = request;
      this.prompts = prompts;
      this.answers = answers;
      this.tally = new Tally(request.drawing().n());
      this.reply = new CompletionReply(
          "cmpl-" + call.id().substring(4),
          System.currentTimeMillis() / 1000,
          model.id(),
          request.drawing().usage());
      for (int i = 0; i < count; i++) {
        choices.add(new Choice());
      }
    }

    private void take(Answers.Event event) {
      var choice = choices.get(event.answer());
      if (event.token() != null) {
        tally.token();
        token(event.answer(), choice, event.token());
        return;
      }
      choice.result = event.result();
      tally.add(choice.result, false);
      choice.text.append(choice.result.rest());
      if (request.logProbs() >= 0 && choice.result.stopToken() != null) {
        // It has no text, but evaluation programs count on one token at least after the prompt.
        choice.logProbs.add(Asked.logProb(model, choice.result.stopToken(), request.logProbs()));
      }
      if (events != null) {
        send(event.answer(), choice, choice.result.rest(), reason(choice.result));
      }
    }

    private void token(int index, Choice choice, Token token) {
      choice.text.append(token.delta());
      if (request.logProbs() >= 0) {
        choice.logProbs.add(Asked.logProb(model, token, request.logProbs()));
      }
      if (events != null && !token.delta().isEmpty()) {
        send(index, choice, token.delta(), null);
      }
    }

    private void send(int index, Choice choice, String delta, String finish) {
      var logProbs = request.logProbs() < 0 ? null : List.copyOf(choice.logProbs);
      events.add(
          reply.piece(new CompletionReply.Choice(index, delta, logProbs, choice.told, finish)));
      choice.told += delta.length();
      choice.logProbs.clear();
    }

    private static String reason(Result result) {
      return result.finish() == Finish.LENGTH ? "length" : "stop";
    }

    void whole() throws IOException {
      Streaming.await(answers, this::take);
      tally.note(call);
      var all = new ArrayList<CompletionReply.Choice>();
      for (int i = 0; i < choices.size(); i++) {
        all.add(request.echo() ? echoed(i) : plain(i));
      }
      if (logTexts) {
        call.note("answer", all.getFirst().text());
      }
      call.reply(200, reply.whole(all, tally.usage()));
    }

    private CompletionReply.Choice plain(int index) {
      var choice = choices.get(index);
      var logProbs = request.logProbs() < 0 ? null : choice.logProbs;
      var text = choice.text.toString();
      return new CompletionReply.Choice(index, text, logProbs, 0, reason(choice.result));
    }

    private CompletionReply.Choice echoed(int index) {
      var choice = choices.get(index);
      int prompt = index / request.drawing().n();
      var said =
          switch (request.prompts().get(prompt)) {
            case Prompt.Text(String text) -> text;
            case Prompt.Ids _ -> model.tokenizer().decode(prompts.get(prompt));
          };
      List<LogProb> logProbs = null;
      if (request.logProbs() >= 0) {
        logProbs = new ArrayList<>();
        for (var token : choice.result.prompt()) {
          logProbs.add(Asked.logProb(model, token, request.logProbs()));
        }
        logProbs.addAll(choice.logProbs);
      }
      var text = said + choice.text;
      return new CompletionReply.Choice(index, text, logProbs, 0, reason(choice.result));
    }

    void stream() throws IOException {
      Streaming.run(call, answers, opened -> events = opened, this::take, opened -> {
        tally.note(call);
        if (request.drawing().usage()) {
          opened.add(reply.usage(tally.usage()));
        }
      });
    }
  }
}

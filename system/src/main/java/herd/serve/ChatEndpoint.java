package herd.serve;

import herd.engine.infer.Result;
import herd.serve.http.Call;
import herd.serve.http.EventStream;
import herd.serve.http.Handler;
import herd.serve.protocol.ApiError;
import herd.serve.protocol.ChatMessage;
import herd.serve.protocol.ChatReply;
import herd.serve.protocol.ChatRequest;
import herd.serve.protocol.Fields;
import herd.serve.protocol.ToolChoice;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/// `POST /v1/chat/completions`.
final class ChatEndpoint implements Handler {
  private final Models models;
  private final Metrics metrics;
  private final boolean logTexts;

  ChatEndpoint(Models models, Metrics metrics, boolean logTexts) {
    this.models = models;
    this.metrics = metrics;
    this.logTexts = logTexts;
  }

  @Override
  public void handle(Call call) throws IOException {
    var request = ChatRequest.of(Fields.parse(call.body()));
    var model = models.get(request.model());
    call.note("model", model.id());
    if (logTexts) {
      call.note("messages", request.messages().stream().map(ChatMessage::plain).toList());
    }
    try (var _ = model.hold()) {
      var constraint = model.constraints().of(request);
      var offered = request.toolChoice() instanceof ToolChoice.None
          ? List.<herd.serve.protocol.ToolSpec>of()
          : request.tools();
      long characters = 0;
      for (var message : request.messages()) {
        characters += message.content() == null ? 0 : message.content().length();
      }
      Asked.checkLength(model, characters, "messages");
      var prompt = model.chat().ids(request.messages(), offered, true, request.templateVariables());
      var requests = Asked.requests(
          model,
          prompt,
          "messages",
          request.drawing(),
          constraint,
          request.logProbs(),
          false,
          call.key().name());
      call.key().countPrompt(prompt.length);
      try (var answers = new Answers(model, requests, request.drawing().stream(), metrics)) {
        call.whenGone(answers::abandon);
        var writing = new Writing(call, model, request, answers);
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

  /// One request being answered.
  private final class Writing {
    private final Call call;
    private final ServedModel model;
    private final ChatRequest request;
    private final Answers answers;
    private final ChatReply reply;
    private final List<ChatChoice> choices = new ArrayList<>();
    private final Result[] results;
    private final Tally tally = new Tally();

    Writing(Call call, ServedModel model, ChatRequest request, Answers answers) {
      this.call = call;
      this.model = model;
      this.request = request;
      this.answers = answers;
      this.results = new Result[request.drawing().n()];
      this.reply = new ChatReply(
          "chatcmpl-" + call.id().substring(4),
          System.currentTimeMillis() / 1000,
          model.id(),
          request.drawing().usage());
    }

    private void begin(EventStream events) {
      for (int i = 0; i < results.length; i++) {
        choices.add(new ChatChoice(i, model, request, reply, events));
      }
    }

    private void take(Answers.Event event) {
      var choice = choices.get(event.answer());
      if (event.token() != null) {
        tally.token();
        if (!choice.full()) {
          choice.token(event.token());
          if (choice.full()) {
            answers.enough(event.answer());
          }
        }
        return;
      }
      var result = event.result();
      results[event.answer()] = result;
      tally.add(result, choice.full());
      choice.end(result);
    }

    void whole() throws IOException {
      begin(null);
      Streaming.await(answers, this::take);
      tally.note(call);
      var all = new ArrayList<ChatReply.Choice>();
      for (int i = 0; i < results.length; i++) {
        all.add(choices.get(i).whole(results[i]));
      }
      if (logTexts) {
        call.note("answer", all.getFirst().content());
      }
      call.reply(200, reply.whole(all, tally.usage()));
    }

    void stream() throws IOException {
      Streaming.run(call, answers, this::begin, this::take, events -> {
        tally.note(call);
        if (request.drawing().usage()) {
          events.add(reply.usage(tally.usage()));
        }
      });
    }
  }

  /// Refuses an address by name.
  static void responses(Call call) {
    throw new ApiError(
        501,
        "invalid_request_error",
        "unsupported_endpoint",
        null,
        "/v1/responses is not supported by this server; use /v1/chat/completions.");
  }
}

package herd.serve.protocol;

import java.util.List;
import java.util.Map;

/// Finds tool calls in an answer while it is written. It knows what Llama 3 models and their
/// relatives write: JSON objects with a name and parameters, one or several, bare, after the python
/// tag or in an array; Python-style `[f(a=1), g()]`; `<function=f>{…}</function>`; and
/// `<tool_call>{…}</tool_call>`. Only calls of tools that were offered count; anything else is text
/// and comes out as text, unchanged.
public final class ToolCallParser {
  private static final String TAG = "<|python_tag|>";
  private static final String TOOL_CALL = "<tool_call>";
  private static final String TOOL_CALL_END = "</tool_call>";
  private static final String FUNCTION = "<function=";
  private static final String FUNCTION_END = "</function>";
  private static final int LONGEST_NAME = 80;

  /// Hears what is found, in order.
  public interface Sink {
    /// Text that belongs to no call.
    void text(String delta);

    /// A call begins. Told once a call.
    void call(int index, String name);

    /// More of the call's arguments, a piece of JSON.
    void arguments(int index, String delta);
  }

  private enum State {
    /// Nothing but blanks so far, or between two calls.
    OPEN,
    /// A tag that may become one of those above.
    TAGGED,
    /// A name that may become a Python-style call.
    NAME,
    JSON,
    PYTHON,
    /// Arguments of `<function=f>`, then its end.
    FUNCTION,
    TEXT
  }

  private final Map<String, List<String>> tools;
  private final boolean parallel;
  private final Sink sink;
  private final StringBuilder held = new StringBuilder(); // since the last decision
  private final StringBuilder name = new StringBuilder();
  private final StringBuilder text = new StringBuilder(); // to be told at the end of a piece
  private final StringBuilder arguments = new StringBuilder();
  private State state = State.OPEN;
  private boolean array; // a `[` is open
  private boolean after; // the python tag came: a bare name may be a call
  private int calls;
  private boolean full;
  private JsonCall json;
  private PythonCall python;

  /// @param tools names of the tools on offer and of their parameters in order
  /// @param parallel whether more than one call is wanted
  public ToolCallParser(Map<String, List<String>> tools, boolean parallel, Sink sink) {
    this.tools = tools;
    this.parallel = parallel;
    this.sink = sink;
  }

  /// How many calls began.
  public int calls() {
    return calls;
  }

  /// Whether the one call that was wanted is complete: the rest does not matter.
  public boolean full() {
    return full;
  }

  /// The python tag came as a token of its own.
  public void pythonTag() {
    after = true;
  }

  /// The next piece of the answer.
  public void accept(String delta) {
    for (int i = 0; i < delta.length() && !full; i++) {
      accept(delta.charAt(i));
    }
    flush();
  }

  /// The answer is over.
  public void end() {
    if (state == State.JSON && calls == json.index() && !json.told()) {
      giveUp();
    } else if (state == State.NAME || state == State.TAGGED || state == State.OPEN) {
      if (calls == 0 || !held.toString().isBlank()) {
        text.append(held);
      }
      held.setLength(0);
    }
    flush();
  }

  private void flush() {
    flushArguments();
    if (!text.isEmpty()) {
      sink.text(text.toString());
      text.setLength(0);
    }
  }

  private void flushArguments() {
    if (!arguments.isEmpty()) {
      sink.arguments(calls - 1, arguments.toString());
      arguments.setLength(0);
    }
  }

  private void accept(char c) {
    switch (state) {
      case OPEN -> open(c);
      case TAGGED -> tagged(c);
      case NAME -> name(c);
      case JSON -> json(c);
      case PYTHON -> python(c);
      case FUNCTION -> function(c);
      case TEXT -> text(c);
    }
  }

  private void open(char c) {
    held.append(c);
    if (Character.isWhitespace(c)) {
      return;
    }
    if (c == '{') {
      json = new JsonCall(calls, tools.keySet(), new Calls());
      state = State.JSON;
      json.feed(c);
    } else if (c == '[' && !array) {
      array = true;
    } else if (calls > 0 && (c == ';' || c == ',')) {
      held.setLength(0); // between two calls
    } else if (calls > 0 && c == ']' && array) {
      array = false;
      held.setLength(0);
    } else if (c == '<') {
      state = State.TAGGED;
      name.setLength(0);
      name.append(c);
    } else if ((array || after) && Character.isJavaIdentifierStart(c)) {
      state = State.NAME;
      name.setLength(0);
      name.append(c);
    } else {
      giveUp();
    }
  }

  private void tagged(char c) {
    held.append(c);
    name.append(c);
    var tag = name.toString();
    if (tag.equals(TAG)) {
      after = true;
      reopen();
    } else if (tag.equals(TOOL_CALL) || calls > 0 && tag.equals(TOOL_CALL_END)) {
      reopen();
    } else if (tag.startsWith(FUNCTION)) {
      if (c == '>') {
        begin(tag.substring(FUNCTION.length(), tag.length() - 1), State.FUNCTION);
      } else if (tag.length() > FUNCTION.length() + LONGEST_NAME) {
        giveUp();
      }
    } else if (!TAG.startsWith(tag)
        && !TOOL_CALL.startsWith(tag)
        && !TOOL_CALL_END.startsWith(tag)
        && !FUNCTION.startsWith(tag)) {
      giveUp();
    }
  }

  private void reopen() {
    held.setLength(0);
    state = State.OPEN;
  }

  private void begin(String tool, State next) {
    if (!tools.containsKey(tool)) {
      giveUp();
      return;
    }
    new Calls().call(tool);
    state = next;
    name.setLength(0);
    if (next == State.PYTHON) {
      python = new PythonCall(tools.get(tool));
      arguments.append('{');
    }
  }

  private void name(char c) {
    held.append(c);
    if (c == '(') {
      var tool = name.toString().replaceFirst("\\.call$", "");
      begin(tool, State.PYTHON);
    } else if ((Character.isJavaIdentifierPart(c) || c == '.' || c == '-')
        && name.length() < LONGEST_NAME) {
      name.append(c);
    } else {
      giveUp();
    }
  }

  private void json(char c) {
    held.append(c);
    switch (json.feed(c)) {
      case MORE -> {}
      case DONE -> done();
      case FAILED -> {
        if (json.told()) {
          ended(); // a call that began cannot become text again
        } else {
          giveUp();
        }
      }
    }
  }

  private void python(char c) {
    if (python.feed(c, arguments)) {
      done();
    }
  }

  private void function(char c) {
    name.append(c);
    int end = name.length() - FUNCTION_END.length();
    if (end >= 0 && name.indexOf(FUNCTION_END, end) == end) {
      name.setLength(0);
      done();
    } else if (!FUNCTION_END.startsWith(tail())) {
      arguments.append(name);
      name.setLength(0);
    }
  }

  /// What of the arguments may be the beginning of their end.
  private String tail() {
    int at = name.lastIndexOf("<");
    if (at > 0) {
      arguments.append(name, 0, at);
      name.delete(0, at);
    }
    return name.toString();
  }

  private void done() {
    ended();
    full = !parallel;
  }

  private void ended() {
    flushArguments();
    reopen();
  }

  /// What was held back is text after all, and so is all that follows up to the next tag.
  private void giveUp() {
    text.append(held);
    held.setLength(0);
    state = State.TEXT;
  }

  /// Text may be followed by a tagged call.
  private void text(char c) {
    held.append(c);
    var tag = held.toString();
    if (tag.equals(TOOL_CALL)) {
      reopen();
    } else if (!TOOL_CALL.startsWith(tag)) {
      boolean again = c == '<';
      held.setLength(held.length() - (again ? 1 : 0));
      text.append(held);
      held.setLength(0);
      if (again) {
        held.append(c);
      }
    }
  }

  /// Where the forms of a call tell what they found.
  private final class Calls implements JsonCall.Sink {
    @Override
    public void call(String tool) {
      flush();
      held.setLength(0);
      sink.call(calls++, tool);
    }

    @Override
    public void argument(CharSequence piece) {
      arguments.append(piece);
    }
  }
}

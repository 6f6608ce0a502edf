package herd.serve.protocol;

import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.node.JsonNodeFactory;

/// A request that is refused, as OpenAI's servers refuse it: a status and an object that says which
/// parameter is wrong and why. It carries no stack trace.
public final class ApiError extends RuntimeException {
  private static final long serialVersionUID = 1L;
  private static final int SHOWN = 120;

  private final int status;
  private final String type;
  private final String code;
  private final String param;
  private final TreeMap<String, String> headers = new TreeMap<>();

  /// @param status of HTTP
  /// @param type `invalid_request_error`, `server_error` …
  /// @param code short name of the fault, null if there is none
  /// @param param the parameter at fault, null if none is
  public ApiError(int status, String type, String code, String param, String message) {
    super(message, null, false, false);
    this.status = status;
    this.type = type;
    this.code = code;
    this.param = param;
  }

  /// A request that can be mended by whoever sent it (status 400).
  public static ApiError invalid(String param, String code, String message) {
    return new ApiError(400, "invalid_request_error", code, param, message);
  }

  /// What the server does not do (status 400), said by name.
  public static ApiError unsupported(String param, String what) {
    return invalid(param, "unsupported_value", what);
  }

  static ApiError missing(String param) {
    return invalid(
        param, "missing_required_parameter", "Missing required parameter: '" + param + "'.");
  }

  static ApiError wrongType(String param, String expected, String found) {
    return invalid(
        param,
        "invalid_type",
        "Invalid type for '%s': expected %s, but got %s instead."
            .formatted(param, expected, found));
  }

  /// The prompt and the answer asked for do not fit.
  public static ApiError tooLong(String param, long tokens, int answer, int context) {
    return invalid(
        param,
        "context_length_exceeded",
        "This model's maximum context length is %d tokens. However, your request has %d tokens in the %s and asks for %d in the completion. Please reduce the length of either."
            .formatted(context, tokens, param, answer));
  }

  /// A model that is not served (status 404).
  public static ApiError noModel(String name) {
    return new ApiError(
        404,
        "invalid_request_error",
        "model_not_found",
        "model",
        "The model '" + shown(name) + "' does not exist or you do not have access to it.");
  }

  /// An address that is not served (status 404).
  public static ApiError noPath(String method, String path) {
    return new ApiError(
        404,
        "invalid_request_error",
        "unknown_url",
        null,
        "Unknown request URL: " + method + " " + shown(path) + ".");
  }

  /// A key that is absent or unknown (status 401).
  public static ApiError noKey(String message) {
    return new ApiError(401, "invalid_request_error", "invalid_api_key", null, message)
        .with("WWW-Authenticate", "Bearer");
  }

  /// More than the key may use now (status 429).
  /// @param of `requests` or `tokens`
  /// @param seconds until it is worth trying again
  public static ApiError tooMany(String of, String message, long seconds) {
    return new ApiError(429, of, "rate_limit_exceeded", null, message)
        .with("Retry-After", "" + seconds);
  }

  /// The server cannot take it now (status 503).
  public static ApiError unavailable(String code, String message, long seconds) {
    return new ApiError(503, "server_error", code, null, message).with("Retry-After", "" + seconds);
  }

  /// Adds a header to the reply.
  public ApiError with(String header, String value) {
    headers.put(header, value);
    return this;
  }

  /// Status of HTTP.
  public int status() {
    return status;
  }

  /// Short name of the fault, null if there is none.
  public String code() {
    return code;
  }

  /// The parameter at fault, null if none is.
  public String param() {
    return param;
  }

  /// Headers of the reply beside the usual ones.
  public Map<String, String> headers() {
    return headers;
  }

  /// The object that tells the client.
  public String json() {
    var error = JsonNodeFactory.instance.objectNode();
    error
        .putObject("error")
        .put("message", getMessage())
        .put("type", type)
        .put("param", param)
        .put("code", code);
    return error.toString();
  }

  /// The beginning of what a client sent, for messages.
  public static String shown(String text) {
    return text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "…";
  }
}

package herd.serve;

import herd.serve.http.ApiKeys;
import herd.serve.http.HttpSettings;
import java.io.PrintStream;
import java.util.Map;

/// How a server works.
/// @param http how it meets the network
/// @param keys who may call
/// @param log where a line for each request goes, null for nowhere
/// @param logTexts whether prompts and answers are in the log
/// @param environment where OpenTelemetry's variables are looked up; empty for no traces
public record ServerSettings(
    HttpSettings http,
    ApiKeys keys,
    PrintStream log,
    boolean logTexts,
    Map<String, String> environment) {
  /// A server without traces.
  public ServerSettings(HttpSettings http, ApiKeys keys, PrintStream log, boolean logTexts) {
    this(http, keys, log, logTexts, Map.of());
  }
}

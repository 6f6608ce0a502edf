package herd.serve;

import herd.serve.http.ApiKeys;
import herd.serve.http.HttpSettings;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Map;

/// How a server works.
/// @param http how it meets the network
/// @param keys who may call
/// @param log where a line for each request goes, null for nowhere
/// @param logTexts whether prompts and answers are in the log
/// @param environment where OpenTelemetry's variables are looked up; empty for no traces
/// @param adapters folder whose adapters may be loaded at run time, null for none
public record ServerSettings(
    HttpSettings http,
    ApiKeys keys,
    PrintStream log,
    boolean logTexts,
    Map<String, String> environment,
    Path adapters) {
  /// A server without traces and a folder of adapters.
  public ServerSettings(HttpSettings http, ApiKeys keys, PrintStream log, boolean logTexts) {
    this(http, keys, log, logTexts, Map.of(), null);
  }
}

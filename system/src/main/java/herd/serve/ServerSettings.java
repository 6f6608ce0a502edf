package herd.serve;

import herd.serve.http.ApiKeys;
import herd.serve.http.HttpSettings;
import java.io.PrintStream;

/// How a server works.
/// @param http how it meets the network
/// @param keys who may call
/// @param log where a line for each request goes, null for nowhere
/// @param logTexts whether prompts and answers are in the log
public record ServerSettings(HttpSettings http, ApiKeys keys, PrintStream log, boolean logTexts) {}

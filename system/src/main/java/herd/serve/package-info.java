/// `herd serve`: models behind OpenAI's protocol, a page to chat with them, health, metrics and
/// a log. What arrives is read by `protocol`, comes in through `http`, and is answered by the
/// engine's scheduler; no thread here computes.
package herd.serve;

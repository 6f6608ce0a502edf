/// Choosing tokens from logits and knowing where text ends: sampling steps, log-probabilities,
/// guesses ahead, stop strings. Plain arrays in and out; knows neither models nor requests.
package herd.engine.sample;

/// What a model makes of tokens that are given: logits, perplexity, and how much each column of
/// its matrices matters. Nothing is written or sampled here, and nothing is known of requests;
/// that is the business of the room `infer`.
package herd.engine.score;

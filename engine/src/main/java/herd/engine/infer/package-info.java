/// Using a model: generation with a key-value cache, sampling, and scoring of given answers.
package herd.engine.infer;

/// The Llama model: its configuration, its weights, and the one forward pass that training and
/// inference share.
package herd.engine.model;

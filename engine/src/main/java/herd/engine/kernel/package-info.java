/// The operations of a model's forward pass as machine code that Java writes for the processor at
/// hand: fast from the first call on, where the Vector API must be compiled first. Chooses between
/// them, the Vector API's and the reference.
package herd.engine.kernel;

package herd.scaling;

/// One trained model.
/// @param flops spent on training it
/// @param params parameters
/// @param tokens it was trained on
/// @param loss on held-out text
public record Run(double flops, double params, double tokens, double loss) {}

package herd.engine.model;

/// The Llama-shaped architectures, and what little of them differs from Llama's. Llama 1 to 3.2,
/// Mistral and SmolLM2 are [#LLAMA].
public enum Family {
  LLAMA("llama", "LlamaForCausalLM", false, false),
  /// Queries, keys and values have a bias.
  QWEN2("qwen2", "Qwen2ForCausalLM", true, false),
  /// Each head of queries and keys is normalised before it is rotated.
  QWEN3("qwen3", "Qwen3ForCausalLM", false, true);

  private final String label;
  private final String huggingFace;
  private final boolean bias;
  private final boolean headNorm;

  Family(String label, String huggingFace, boolean bias, boolean headNorm) {
    this.label = label;
    this.huggingFace = huggingFace;
    this.bias = bias;
    this.headNorm = headNorm;
  }

  /// Its name in `config.json` and in GGUF files.
  public String label() {
    return label;
  }

  /// Its class in the transformers library.
  String huggingFace() {
    return huggingFace;
  }

  /// Whether queries, keys and values have a bias.
  boolean bias() {
    return bias;
  }

  /// Whether each head of queries and keys is normalised.
  boolean headNorm() {
    return headNorm;
  }

  /// Whether GGUF files hold rotary pairs as neighbours.
  boolean neighbours() {
    return this == LLAMA;
  }

  /// The family of that name, null if there is none.
  static Family named(String label) {
    for (var family : values()) {
      if (family.label.equals(label)) {
        return family;
      }
    }
    return null;
  }
}

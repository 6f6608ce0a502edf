package herd.engine.model;

/// A tensor's two names and its shape.
/// @param heads of a query or key matrix whose rows are permuted in the file; else 0
record GgufName(String gguf, String huggingFace, int rows, int cols, int heads) {
  /// Whether it is the embedding or the head.
  boolean isOuter() {
    return huggingFace.equals(Llama.EMBEDDING) || huggingFace.equals(Llama.HEAD);
  }

  /// Which of the file's rows is row `row` of a matrix: rotary pairs are neighbours there.
  int source(int row) {
    if (heads == 0) {
      return row;
    }
    int headDim = rows / heads;
    int inHead = row % headDim;
    int half = headDim / 2;
    return row - inHead + 2 * (inHead % half) + inHead / half;
  }
}

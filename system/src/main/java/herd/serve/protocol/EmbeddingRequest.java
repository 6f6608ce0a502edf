package herd.serve.protocol;

import java.util.List;

/// A body of `/v1/embeddings`.
/// @param base64 whether vectors come as little-endian floats in base64, else as numbers
/// @param dimensions leading numbers of each vector that are wanted, 0 for all
public record EmbeddingRequest(String model, List<Prompt> input, boolean base64, int dimensions) {
  private static final int MOST_INPUTS = 2048;

  /// @throws ApiError that names the first fault
  public static EmbeddingRequest of(Fields f) {
    var out = new EmbeddingRequest(
        f.text("model"),
        Prompt.list(f, "input", MOST_INPUTS),
        f.choice("encoding_format", "float", List.of("float", "base64")).equals("base64"),
        f.whole("dimensions", 1, Integer.MAX_VALUE, 0));
    f.ignore("user");
    f.end();
    return out;
  }
}

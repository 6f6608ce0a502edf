package herd.serve.http;

/// An address and who answers it.
/// @param method `GET`, `POST` or `DELETE`
/// @param path as it stands in the request; one that ends in `/` takes all below it
/// @param door who may come in
public record Route(String method, String path, Door door, Handler handler) {
  /// Who may come in.
  public enum Door {
    /// Everybody: health, the page.
    OPEN,
    /// Holders of a key, if there are keys; its limits count.
    KEY,
    /// Holders of a key that is marked for administration; without keys, programs on this machine.
    ADMIN
  }

  boolean fits(String asked) {
    return path.equals(asked)
        || path.endsWith("/")
            && path.length() > 1
            && asked.startsWith(path)
            && asked.length() > path.length();
  }
}

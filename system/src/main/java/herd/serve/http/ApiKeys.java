package herd.serve.http;

import herd.engine.UserError;
import herd.serve.protocol.ApiError;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;

/// The keys that open the server. A file has one a line: the key, or `sha256:` and its digest in
/// hexadecimal, then settings: `sk-abc name=alice requests-per-minute=60 tokens-per-minute=100000
/// admin=true`. Empty lines and lines that begin with `#` are skipped. Only digests stay in memory.
public final class ApiKeys {
  private static final String REMEDY =
      "Write: KEY name=NAME requests-per-minute=N tokens-per-minute=N admin=true";

  private final Map<String, ApiKey> byDigest;
  private final ApiKey nobody = ApiKey.nobody();

  private ApiKeys(Map<String, ApiKey> byDigest) {
    this.byDigest = byDigest;
  }

  /// No keys: everybody may call.
  public static ApiKeys none() {
    return new ApiKeys(Map.of());
  }

  /// @throws UserError naming file and line
  public static ApiKeys read(Path file) {
    var keys = new HashMap<String, ApiKey>();
    try {
      int number = 0;
      for (var line : Files.readAllLines(file)) {
        number++;
        if (!line.isBlank() && !line.startsWith("#")) {
          add(keys, line.strip().split("\\s+"), file + ":" + number);
        }
      }
    } catch (IOException e) {
      throw new UserError("--api-keys " + file, "cannot be read (" + e.getMessage() + ")", REMEDY);
    }
    if (keys.isEmpty()) {
      throw new UserError("--api-keys " + file, "no key in it", REMEDY);
    }
    return new ApiKeys(keys);
  }

  private static void add(Map<String, ApiKey> keys, String[] words, String where) {
    var settings = new HashMap<String, String>();
    for (int i = 1; i < words.length; i++) {
      int equals = words[i].indexOf('=');
      if (equals < 1
          || settings.put(words[i].substring(0, equals), words[i].substring(equals + 1)) != null) {
        throw new UserError(where, "'" + words[i] + "'", "NAME=VALUE, each once", REMEDY);
      }
    }
    var digest =
        words[0].startsWith("sha256:") ? words[0].substring(7).toLowerCase() : digest(words[0]);
    if (!digest.matches("[0-9a-f]{64}")) {
      throw new UserError(where, "a digest that is not 64 hexadecimal digits", REMEDY);
    }
    var name = settings.remove("name");
    var key = new ApiKey(
        name == null ? "key-" + digest.substring(0, 8) : name,
        "true".equals(settings.remove("admin")),
        number(settings, "requests-per-minute", where),
        number(settings, "tokens-per-minute", where));
    if (!settings.isEmpty()) {
      throw new UserError(
          where,
          "unknown setting '" + settings.keySet().iterator().next() + "'",
          "name, requests-per-minute, tokens-per-minute, admin",
          REMEDY);
    }
    if (keys.put(digest, key) != null) {
      throw new UserError(where, "a key that stands in the file already", "Remove one of them.");
    }
  }

  private static double number(Map<String, String> settings, String name, String where) {
    var text = settings.remove(name);
    if (text == null) {
      return 0;
    }
    if (!text.matches("[1-9]\\d{0,11}")) {
      throw new UserError(where + ": " + name, "'" + text + "'", "a number above 0", REMEDY);
    }
    return Double.parseDouble(text);
  }

  /// Whether a key is needed at all.
  public boolean needed() {
    return !byDigest.isEmpty();
  }

  /// The holder of the key in an `Authorization` header.
  /// @param header null if there is none
  /// @throws ApiError if the key is missing or unknown
  ApiKey holder(String header) {
    if (!needed()) {
      return nobody;
    }
    if (header == null || !header.regionMatches(true, 0, "Bearer ", 0, 7)) {
      throw ApiError.noKey(
          "You didn't provide an API key. Provide it in an Authorization header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY).");
    }
    // Looked up by digest: how long it takes tells nothing of the keys.
    var key = byDigest.get(digest(header.substring(7).strip()));
    if (key == null) {
      throw ApiError.noKey("Incorrect API key provided.");
    }
    return key;
  }

  private static String digest(String key) {
    try {
      var sha = MessageDigest.getInstance("SHA-256");
      return HexFormat.of().formatHex(sha.digest(key.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every JDK has it
    }
  }
}

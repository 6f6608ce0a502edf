package herd.data.web;

import herd.engine.UserError;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.zip.GZIPInputStream;

/// Domains, addresses and digests that lists name. A domain means itself and all below it, an
/// address all that begin with it. A line is a domain (`example.com`, `*.example.com`), an
/// address with or without its scheme (`example.com/page`), a line of a hosts file (`0.0.0.0
/// example.com`), a rule of an ad blocker (`||example.com^`), or a digest (`sha1:…`, `xxh3:…`);
/// comments begin with `#` or `!`. Folders are read with all below them, as the list of the
/// University of Toulouse comes (`adult/domains`, `adult/urls`). Files may end in `.gz`.
public final class AddressList {
  private final HashSet64 domains = new HashSet64();
  private final HashSet64 addresses = new HashSet64();
  private final HashSet64 digests = new HashSet64();

  /// Reads lists.
  /// @throws UserError if one cannot be read or names nothing
  public static AddressList read(List<String> files) {
    var list = new AddressList();
    for (var file : files) {
      int before = list.size();
      list.addAll(Path.of(file));
      if (list.size() == before) {
        throw new UserError(
            file, "no domain, address or digest in it", "one a line", "Is it the right file?");
      }
    }
    return list;
  }

  /// Adds the lines of a list.
  public void add(InputStream list) throws IOException {
    var lines = new BufferedReader(new InputStreamReader(list, StandardCharsets.UTF_8), 1 << 16);
    for (var line = lines.readLine(); line != null; line = lines.readLine()) {
      add(line);
    }
  }

  private void addAll(Path file) {
    try {
      if (Files.isDirectory(file)) {
        try (var below = Files.walk(file)) {
          below.filter(Files::isRegularFile).sorted().forEach(this::addAll);
        }
        return;
      }
      try (var stored = Files.newInputStream(file)) {
        add(file.toString().endsWith(".gz") ? new GZIPInputStream(stored, 1 << 16) : stored);
      }
    } catch (IOException e) {
      throw new UserError(file.toString(), "cannot be read (" + e + ")", "Check the path.");
    }
  }

  /// Adds what a line names; nothing if it is a comment.
  void add(String line) {
    var said = line.strip();
    if (said.isEmpty() || said.startsWith("#") || said.startsWith("!") || said.startsWith("[")) {
      return;
    }
    if (said.startsWith("sha1:") || said.startsWith("xxh3:") || said.startsWith("sha256:")) {
      digests.add(said);
      return;
    }
    int blank = blank(said);
    if (blank > 0 && isAddressOfHosts(said.substring(0, blank))) {
      said = said.substring(blank).strip();
      int next = blank(said);
      said = next > 0 ? said.substring(0, next) : said;
    } else if (blank > 0) {
      said = said.substring(0, blank);
    }
    said = said.startsWith("domain:") ? said.substring(7) : said;
    if (said.startsWith("||")) {
      int end = said.indexOf('^');
      said = said.substring(2, end < 0 ? said.length() : end);
    }
    said = said.startsWith("*.") ? said.substring(2) : said;
    int scheme = said.indexOf("://");
    var address = scheme < 0 ? said : said.substring(scheme + 3);
    int slash = address.indexOf('/');
    boolean path = slash >= 0 && slash < address.length() - 1;
    var host = Hosts.of("x://" + address);
    if (host.isEmpty() || host.equals("localhost")) {
      return;
    }
    if (path) {
      addresses.add(bare(host) + trimmed(address.substring(slash)));
    } else {
      domains.add(bare(host));
    }
  }

  private static int blank(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) == ' ' || text.charAt(i) == '\t') {
        return i;
      }
    }
    return -1;
  }

  private static boolean isAddressOfHosts(String word) {
    return word.equals("0.0.0.0")
        || word.equals("127.0.0.1")
        || word.equals("::1")
        || word.equals("::");
  }

  private static String bare(String host) {
    return host.startsWith("www.") ? host.substring(4) : host;
  }

  private static String trimmed(String path) {
    return path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
  }

  /// Domains, addresses and digests in all.
  public int size() {
    return domains.size() + addresses.size() + digests.size();
  }

  /// Whether a digest is named.
  public boolean namesDigest(String digest) {
    return !digest.isEmpty() && digests.size() > 0 && digests.contains(digest);
  }

  /// Whether the URL's host, a domain above it, or what the URL begins with is named.
  public boolean names(String url) {
    var host = Hosts.of(url);
    if (host.isEmpty()) {
      return false;
    }
    for (int dot = -1; ; ) {
      if (domains.contains(host.substring(dot + 1))) {
        return true;
      }
      dot = host.indexOf('.', dot + 1);
      if (dot < 0) {
        break;
      }
    }
    return addresses.size() > 0 && namesAddress(bare(host), Hosts.path(url));
  }

  private boolean namesAddress(String host, String path) {
    var address = host + path.toLowerCase(Locale.ROOT).strip();
    var asWritten = host + path;
    for (int to = asWritten.length(); to > host.length(); to--) {
      boolean end = to == asWritten.length() || "/?&".indexOf(asWritten.charAt(to)) >= 0;
      if (end
          && (addresses.contains(asWritten.substring(0, to))
              || addresses.contains(address.substring(0, to)))) {
        return true;
      }
    }
    return false;
  }
}

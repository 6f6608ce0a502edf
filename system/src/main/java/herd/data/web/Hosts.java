package herd.data.web;

import crawlercommons.domains.EffectiveTldFinder;
import java.util.Locale;

/// The parts of addresses that lists name.
public final class Hosts {
  private Hosts() {}

  /// The host of a URL in lower case, without port, user or a dot at its end; empty if there is
  /// none.
  public static String of(String url) {
    int scheme = url.indexOf("://");
    if (scheme < 0) {
      return "";
    }
    int from = scheme + 3;
    int to = from;
    while (to < url.length() && "/?#\\".indexOf(url.charAt(to)) < 0) {
      to++;
    }
    int user = url.lastIndexOf('@', to - 1);
    from = user >= from ? user + 1 : from;
    int port = url.lastIndexOf(':', to - 1);
    boolean six = to > from && url.charAt(to - 1) == ']';
    to = port >= from && !six ? port : to;
    to = to > from && url.charAt(to - 1) == '.' ? to - 1 : to;
    return url.substring(from, to).toLowerCase(Locale.ROOT);
  }

  /// The domain that its owner registered: `example.co.uk` of `a.b.example.co.uk`, by the public
  /// suffix list; the host itself where that knows none.
  public static String domain(String host) {
    if (host.isEmpty()
        || host.startsWith("[")
        || Character.isDigit(host.charAt(host.length() - 1))) {
      return host;
    }
    var domain = EffectiveTldFinder.getAssignedDomain(host, true, true);
    return domain == null ? host : domain;
  }

  /// What stands after the host, from its first slash; the query with it, not the fragment.
  static String path(String url) {
    int scheme = url.indexOf("://");
    int slash = url.indexOf('/', scheme < 0 ? 0 : scheme + 3);
    int fragment = url.indexOf('#');
    int to = fragment < 0 ? url.length() : fragment;
    return slash < 0 || slash > to ? "" : url.substring(slash, to);
  }
}

package herd.pull;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// The proxy that the environment names in `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`, in either
/// case; else what Java was told.
final class Proxies extends ProxySelector {
  private final Map<String, String> environment;

  Proxies(Map<String, String> environment) {
    this.environment = environment;
  }

  @Override
  public List<Proxy> select(URI address) {
    var given = variable(address.getScheme().toUpperCase(Locale.ROOT) + "_PROXY");
    if (given.isBlank()) {
      var system = ProxySelector.getDefault();
      return system == null ? List.of(Proxy.NO_PROXY) : system.select(address);
    }
    if (excepted(address.getHost())) {
      return List.of(Proxy.NO_PROXY);
    }
    var proxy = URI.create(given.contains("://") ? given : "http://" + given);
    int port = proxy.getPort() > 0 ? proxy.getPort() : 80;
    return List.of(new Proxy(Proxy.Type.HTTP, new InetSocketAddress(proxy.getHost(), port)));
  }

  private boolean excepted(String host) {
    for (var suffix : variable("NO_PROXY").split(",")) {
      var plain = suffix.strip().replaceFirst("^\\*?\\.", "");
      if (plain.equals("*")
          || host.equals(plain)
          || !plain.isEmpty() && host.endsWith("." + plain)) {
        return true;
      }
    }
    return false;
  }

  private String variable(String name) {
    var lower = environment.get(name.toLowerCase(Locale.ROOT));
    return lower != null ? lower : environment.getOrDefault(name, "");
  }

  @Override
  public void connectFailed(URI address, SocketAddress socket, IOException failure) {
    // The download says so itself.
  }
}

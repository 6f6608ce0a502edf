package herd.serve;

import herd.engine.UserError;
import herd.serve.http.ApiKeys;
import herd.serve.http.HttpSettings;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/// Who may call, from where, how often, and over TLS.
class AccessTest {
  private static final String ASK =
      "{'model': 'tiny', 'prompt': 'the cat', 'max_tokens': 4, 'ignore_eos': true}";

  private @TempDir Path dir;

  private ApiKeys keys(String... lines) throws IOException {
    return ApiKeys.read(Files.write(dir.resolve("keys"), List.of(lines)));
  }

  private static String bearer(String key) {
    return "Bearer " + key;
  }

  @Test
  void keysOpenTheServer() throws Exception {
    // The digest of "second".
    var digest = "16367aacb67a4a017c8da8ab95682ccb390863780f7114dda0a0e0c55644c7c4";
    var keys = keys("# keys", "", "first name=alice", "sha256:" + digest + " name=bob");
    try (var server = new RunningServer(HttpSettings.local(0), keys, 512)) {
      for (var none : List.of("", "Basic x", "Bearer wrong", "first")) {
        var error = none.isEmpty()
            ? server.refused("/v1/completions", ASK)
            : server.refused("/v1/completions", ASK, "Authorization", none);
        assertThat(error.get("status").intValue()).as(none).isEqualTo(401);
        assertThat(error.get("code").stringValue()).isEqualTo("invalid_api_key");
      }
      for (var key : List.of("first", "second")) {
        var body = ASK.replace('\'', '"');
        assertThat(server
                .post("/v1/completions", body, "Authorization", bearer(key))
                .statusCode())
            .isEqualTo(200);
      }
      assertThat(server.get("/health").statusCode()).isEqualTo(200);
      assertThat(server.get("/v1/models").statusCode()).isEqualTo(401);
      assertThat(server
              .refused("/admin/models", "{}", "Authorization", bearer("first"))
              .get("status")
              .intValue())
          .isEqualTo(403);
      RunningServer.eventually(() -> server.log.toString().contains("\"key\":\"alice\""));
      assertThat(server.log.toString()).doesNotContain("first").doesNotContain("second");
    }
  }

  @Test
  void requestsAndTokensAMinuteAreLimited() throws Exception {
    var keys = keys("a requests-per-minute=3", "b tokens-per-minute=20 admin=true");
    try (var server = new RunningServer(HttpSettings.local(0), keys, 512)) {
      var body = ASK.replace('\'', '"');
      for (int i = 0; i < 3; i++) {
        var reply = server.post("/v1/completions", body, "Authorization", bearer("a"));
        assertThat(reply.statusCode()).isEqualTo(200);
        assertThat(reply.headers().firstValue("x-ratelimit-limit-requests")).hasValue("3");
      }
      var fourth = server.post("/v1/completions", body, "Authorization", bearer("a"));
      assertThat(fourth.statusCode()).isEqualTo(429);
      assertThat(fourth.headers().firstValueAsLong("Retry-After").orElse(0)).isBetween(1L, 60L);
      int answered = 0;
      var reply = server.post("/v1/completions", body, "Authorization", bearer("b"));
      for (; reply.statusCode() == 200; answered++) {
        assertThat(answered).isLessThan(20);
        reply = server.post("/v1/completions", body, "Authorization", bearer("b"));
      }
      assertThat(answered).isPositive();
      assertThat(reply.statusCode()).isEqualTo(429);
      assertThat(
              RunningServer.JSON.readTree(reply.body()).get("error").get("type").stringValue())
          .isEqualTo("tokens");
    }
  }

  @Test
  void wrongKeyFilesAreNamed() {
    assertThatThrownBy(() -> keys("# none"))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("no key");
    assertThatThrownBy(() -> keys("a", "a")).hasMessageContaining("keys:2");
    assertThatThrownBy(() -> keys("a nme=x")).hasMessageContaining("nme");
    assertThatThrownBy(() -> keys("a requests-per-minute=many")).hasMessageContaining("many");
    assertThatThrownBy(() -> keys("sha256:12")).hasMessageContaining("64");
    assertThatThrownBy(() -> ApiKeys.read(dir.resolve("absent"))).isInstanceOf(UserError.class);
  }

  @Test
  void pagesOfNamedOriginsMayCall() throws Exception {
    var http = new HttpSettings(
        "127.0.0.1", 0, null, null, List.of("https://a.example"), HttpSettings.BODY, 30);
    try (var server = new RunningServer(http, ApiKeys.none(), 512)) {
      for (var origin : List.of("https://a.example", "https://b.example")) {
        var asked = HttpRequest.newBuilder(server.uri("/v1/chat/completions"))
            .method("OPTIONS", HttpRequest.BodyPublishers.noBody())
            .header("Origin", origin)
            .header("Access-Control-Request-Headers", "authorization, x-stainless-os")
            .build();
        var reply = server.client.send(asked, BodyHandlers.discarding());
        assertThat(reply.statusCode()).isEqualTo(204);
        assertThat(reply.headers().firstValue("Access-Control-Allow-Origin").isPresent())
            .isEqualTo(origin.equals("https://a.example"));
      }
    }
  }

  @Test
  void takenPortsAndHalfTlsAreUserErrors() {
    try (var server = new RunningServer()) {
      int port = server.uri("/").getPort();
      assertThatThrownBy(() -> new RunningServer(HttpSettings.local(port), ApiKeys.none(), 64))
          .isInstanceOf(UserError.class)
          .hasMessageContaining("" + port);
    }
    assertThatThrownBy(() -> new HttpSettings("x", 0, dir, null, List.of(), HttpSettings.BODY, 30))
        .isInstanceOf(UserError.class);
    assertThatThrownBy(() -> HttpSettings.local(70_000)).isInstanceOf(UserError.class);
  }

  @Test
  void tlsFromPemFiles() throws Exception {
    var certificate = dir.resolve("cert.pem");
    var key = dir.resolve("key.pem");
    var made = new ProcessBuilder(
            "sh",
            "-c",
            "openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 2"
                + " -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1")
        .directory(dir.toFile())
        .redirectErrorStream(true)
        .redirectOutput(dir.resolve("log").toFile())
        .start();
    assumeTrue(made.waitFor(60, TimeUnit.SECONDS) && made.exitValue() == 0, "openssl is not here");
    var http = new HttpSettings("127.0.0.1", 0, certificate, key, List.of(), HttpSettings.BODY, 30);
    try (var server = new RunningServer(http, ApiKeys.none(), 512);
        var client = HttpClient.newBuilder().sslContext(trusting(certificate)).build()) {
      assertThat(server.uri("/").getScheme()).isEqualTo("https");
      var asked = HttpRequest.newBuilder(server.uri("/v1/completions"))
          .POST(HttpRequest.BodyPublishers.ofString(ASK.replace('\'', '"')))
          .build();
      assertThat(client.send(asked, BodyHandlers.ofString()).statusCode()).isEqualTo(200);
    }
    assertThatThrownBy(() -> new RunningServer(
            new HttpSettings("127.0.0.1", 0, key, key, List.of(), HttpSettings.BODY, 30),
            ApiKeys.none(),
            64))
        .isInstanceOf(UserError.class);
  }

  private static SSLContext trusting(Path certificate) throws Exception {
    var store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    try (var in = Files.newInputStream(certificate)) {
      var found = CertificateFactory.getInstance("X.509").generateCertificate(in);
      store.setCertificateEntry("server", found);
    }
    var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(store);
    var context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    return context;
  }
}

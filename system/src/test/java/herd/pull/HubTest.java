package herd.pull;

import herd.engine.UserError;
import herd.run.Interrupted;
import herd.run.Progress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class HubTest {
  @TempDir
  Path home;

  private final HubServer hub = new HubServer();
  private final byte[] weights = new byte[300_000];
  private final List<Long> pauses = Collections.synchronizedList(new ArrayList<>());
  private final List<String> said = Collections.synchronizedList(new ArrayList<>());
  private long stopAt = Long.MAX_VALUE;

  private final Progress progress = new Progress() {
    private long done;

    @Override
    public void at(long now, long total, String unit, Map<String, Object> facts) {
      done = now;
    }

    @Override
    public void say(String line) {
      said.add(line);
    }

    @Override
    public boolean interrupted() {
      return done >= stopAt;
    }

    @Override
    public void pause(long millis) {
      pauses.add(millis);
      // One that waits for another to fetch must let it: on one core it would never get to.
      Progress.super.pause(1);
    }
  };

  @BeforeEach
  void fill() {
    new Random(1).nextBytes(weights);
    hub.files.put("config.json", "{}".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
    hub.files.put("model.safetensors", weights);
    hub.files.put("pytorch_model.bin", new byte[10]);
    hub.files.put("sub/empty.txt", new byte[0]);
  }

  @AfterEach
  void stop() {
    hub.close();
  }

  private Cache.Entry pull(String... environment) {
    var variables = new java.util.HashMap<String, String>();
    variables.put("HF_ENDPOINT", hub.address() + "/");
    for (int i = 0; i < environment.length; i += 2) {
      variables.put(environment[i], environment[i + 1]);
    }
    return new Pull(new Cache(home), variables)
        .all(List.of("hf:owner/model"), false, progress)
        .firstEntry()
        .getValue();
  }

  private void assertWhole(Cache.Entry entry) throws IOException {
    assertThat(entry.files())
        .extracting(file -> entry.directory().relativize(file).toString())
        .containsExactly("config.json", "model.safetensors", "sub/empty.txt");
    assertThat(Files.readAllBytes(entry.directory().resolve("model.safetensors")))
        .isEqualTo(weights);
    try (var left = Files.walk(home)) {
      assertThat(left.filter(path -> path.toString().endsWith(".part"))).isEmpty();
    }
  }

  @Test
  void secondPullNeedsNoNetwork() throws IOException {
    assertWhole(pull());
    hub.close();
    assertWhole(pull());
    assertThat(new Cache(home).entries())
        .extracting(Cache.Entry::spec)
        .containsExactly("hf:owner/model@main");
  }

  @Test
  void changedFileInTheCacheIsFetchedAgain() throws IOException {
    var file = pull().directory().resolve("model.safetensors");
    Files.write(file, new byte[300_000]);
    assertWhole(pull());
    assertThat(said).anyMatch(line -> line.contains("model.safetensors was changed"));
  }

  @Test
  void cutConnectionGoesOnWhereItWasCut() throws IOException {
    hub.arrivals = home;
    Collections.addAll(hub.troubles, "cut1", "cut100000", "cut100000", "cut100000");
    assertWhole(pull());
    assertThat(hub.requests).anyMatch(request -> request.endsWith("bytes=100000-"));
    assertThat(hub.requests).anyMatch(request -> request.endsWith("bytes=200000-"));
  }

  /// A program that is killed while it fetches holds no lock, and what it had fetched is kept.
  @Test
  @Tag("slow")
  void killedPullLeavesNoLockAndGoesOn() throws Exception {
    hub.files.remove("config.json");
    hub.troubles.add("stall");
    var builder = new ProcessBuilder(
        ProcessHandle.current().info().command().orElse("java"),
        "-cp",
        System.getProperty("java.class.path"),
        "herd.cli.Main",
        "pull",
        "hf:owner/model");
    builder
        .environment()
        .putAll(Map.of("HF_ENDPOINT", hub.address() + "/", "HERD_HOME", home.toString()));
    var process = builder.redirectErrorStream(true).start();
    try (var _ = process.inputReader()) {
      long end = System.nanoTime() + 60_000_000_000L;
      while (hub.requests.isEmpty() || !fetched(100_000)) {
        assertThat(System.nanoTime()).isLessThan(end);
        Thread.sleep(20);
      }
    } finally {
      process.destroyForcibly().waitFor();
    }
    var entry = pull();
    assertThat(Files.readAllBytes(entry.directory().resolve("model.safetensors")))
        .isEqualTo(weights);
    assertThat(said).noneMatch(line -> line.contains("another program"));
    assertThat(hub.requests).anyMatch(request -> request.contains(" bytes="));
  }

  private boolean fetched(long bytes) throws IOException {
    try (var files = Files.walk(home)) {
      return files.anyMatch(file -> file.toFile().isFile() && file.toFile().length() >= bytes);
    }
  }

  @Test
  void serverThatIgnoresRangesIsReadFromTheStart() throws IOException {
    hub.files.remove("config.json");
    Collections.addAll(hub.troubles, "cut1000", "ignore-range");
    var entry = pull();
    assertThat(Files.readAllBytes(entry.directory().resolve("model.safetensors")))
        .isEqualTo(weights);
  }

  @Test
  void interruptedPullIsNoWholeOneAndGoesOn() throws IOException {
    stopAt = 100_000;
    assertThatThrownBy(this::pull).isInstanceOf(Interrupted.class);
    assertThat(new Cache(home).entries()).isEmpty();
    stopAt = Long.MAX_VALUE;
    hub.requests.clear();
    assertWhole(pull());
    assertThat(hub.requests).anyMatch(request -> request.matches(".*bytes=\\d{5,}-"));
    assertThat(hub.requests).noneMatch(request -> request.endsWith("config.json"));
  }

  @Test
  void newCommitMakesOldPartsUseless() throws IOException {
    stopAt = 100_000;
    assertThatThrownBy(this::pull).isInstanceOf(Interrupted.class);
    stopAt = Long.MAX_VALUE;
    hub.commit = "deadbeef00c0ffee00c0ffee00c0ffee00c0ffee";
    weights[5]++;
    assertWhole(pull());
  }

  @Test
  void busyServerIsGivenTheTimeItAsksFor() throws IOException {
    Collections.addAll(hub.troubles, "429", "503");
    assertWhole(pull());
    assertThat(pauses).containsExactly(7000L, 1000L);
  }

  @Test
  void serverThatStaysBusyIsGivenUp() {
    hub.troubles.addAll(Collections.nCopies(10, "500"));
    assertThatThrownBy(this::pull)
        .isInstanceOf(UserError.class)
        .hasMessageContaining("answered 500. Run the same command later");
    assertThat(pauses).hasSize(5);
  }

  @Test
  void wrongChecksumIsTriedOnceMore() throws IOException {
    Collections.addAll(hub.troubles, "garble");
    assertWhole(pull());
  }

  @Test
  void wrongChecksumTwiceIsRefused() {
    Collections.addAll(hub.troubles, "garble", "garble");
    assertThatThrownBy(this::pull)
        .isInstanceOf(UserError.class)
        .hasMessageStartingWith("hf:owner/model@main, config.json: wrong checksum, twice");
    assertThat(new Cache(home).entries()).isEmpty();
  }

  @Test
  void tokenIsAskedForAndSent() throws IOException {
    hub.token = "secret";
    assertThatThrownBy(this::pull)
        .isInstanceOf(UserError.class)
        .hasMessageContaining("Set HF_TOKEN");
    assertThatThrownBy(() -> pull("HF_TOKEN", "other"))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("The token in HF_TOKEN may not read it");
    assertWhole(pull("HF_TOKEN", "secret"));
  }

  @Test
  void redirectIsFollowedWithoutTheToken() throws IOException {
    try (var store = new HubServer()) {
      store.files.putAll(hub.files);
      hub.redirect = store.address();
      assertWhole(pull("HF_TOKEN", "secret"));
      assertThat(store.requests).isNotEmpty().noneMatch(request -> request.contains("secret"));
    }
  }

  @Test
  void endlessRedirectIsNoticed() {
    hub.redirect = hub.address();
    assertThatThrownBy(this::pull)
        .isInstanceOf(UserError.class)
        .hasMessageContaining("more than 5 redirects");
  }

  @Test
  void fileThatLeadsOutOfTheCacheIsRefused() {
    hub.files.put("../../evil", new byte[1]);
    assertThatThrownBy(this::pull)
        .isInstanceOf(UserError.class)
        .hasMessageContaining("'../../evil'");
  }

  @Test
  void missingFileIsNamed() {
    hub.troubles.add("404");
    assertThatThrownBy(this::pull)
        .isInstanceOf(UserError.class)
        .hasMessageContaining("config.json: not found on 127.0.0.1");
  }

  @Test
  void deadServerIsNamed() {
    hub.close();
    assertThatThrownBy(this::pull)
        .isInstanceOf(UserError.class)
        .hasMessageContaining("no connection");
  }

  @Test
  void manyAtOnceFetchOnce() throws Exception {
    try (var pool = Executors.newVirtualThreadPerTaskExecutor()) {
      var pulls = Collections.nCopies(8, (java.util.concurrent.Callable<Cache.Entry>) this::pull);
      for (var pull : pool.invokeAll(pulls)) {
        assertWhole(pull.get());
      }
    }
    assertThat(hub.requests).filteredOn(r -> r.endsWith("model.safetensors")).hasSize(1);
  }

  @Test
  void waitIsASpanOrADate() {
    var now = Instant.parse("2026-11-21T09:00:00Z");
    assertThat(Download.retryAfter("120", now)).isEqualTo(120_000);
    assertThat(Download.retryAfter("Sat, 21 Nov 2026 09:00:30 GMT", now)).isEqualTo(30_000);
    assertThat(Download.retryAfter("soon", now)).isZero();
  }
}

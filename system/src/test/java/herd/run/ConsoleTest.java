package herd.run;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;

class ConsoleTest {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private long seconds;

  private Console console(Console.Form form) {
    var out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
    return new Console(out, form, 60, () -> seconds > 1000, () -> seconds * 1_000_000_000L);
  }

  private String shown() {
    return bytes.toString(StandardCharsets.UTF_8);
  }

  private Map<String, Object> facts() {
    var facts = new LinkedHashMap<String, Object>();
    facts.put("loss", 3.25);
    return facts;
  }

  @Test
  void plainLinesComeSeldomAndLeaveOutWhatStoodBefore() {
    var progress = console(Console.Form.PLAIN).begin("pretrain", "no result");
    for (seconds = 0; seconds <= 20; seconds++) {
      progress.at(1000 + 100 * seconds, 10_000, "tokens", facts());
    }
    assertThat(shown().lines())
        .containsExactly(
            "pretrain  no result",
            "pretrain  2,000 / 10,000 tokens  20%  100 tokens/s  loss 3.250  1 m 20 s left",
            "pretrain  3,000 / 10,000 tokens  30%  100 tokens/s  loss 3.250  1 m 10 s left");
  }

  @Test
  void liveLineIsDrawnOverItselfAndNeverWraps() {
    var console = console(Console.Form.LIVE);
    var progress = console.begin("pretrain", "no result");
    for (seconds = 0; seconds < 3; seconds++) {
      progress.at(100 * seconds, 10_000, "tokens", facts());
    }
    progress.say("a checkpoint");
    console.end("pretrain", 75, "3 tokens");
    assertThat(shown()).contains("\r").contains("done in 1 m 15 s, 3 tokens");
    for (var line : shown().split("[\r\n]+")) {
      assertThat(line.replace("\033[K", "").length()).isLessThan(60);
    }
  }

  @Test
  void eventsAreOneObjectALine() {
    var console = console(Console.Form.JSON);
    var progress = console.begin("eval", "no result");
    for (seconds = 0; seconds < 3; seconds++) {
      progress.at(seconds, 0, "items", facts());
    }
    progress.say("half");
    console.end("eval", 3, "");
    var mapper = JsonMapper.builder().build();
    var events = shown().lines().map(mapper::readTree).toList();
    assertThat(events)
        .extracting(event -> event.path("event").asString())
        .containsExactly("begin", "progress", "progress", "say", "end");
    assertThat(events.get(1).path("facts").path("loss").asDouble()).isEqualTo(3.25);
  }

  @Test
  void timesAreShort() {
    assertThat(Console.time(4.2)).isEqualTo("4.2 s");
    assertThat(Console.time(59.4)).isEqualTo("59 s");
    assertThat(Console.time(3720)).isEqualTo("1 h 02 m");
  }

  @Test
  void interruptionIsSeenByTheWork() {
    var progress = console(Console.Form.PLAIN).begin("a", "b");
    assertThat(progress.interrupted()).isFalse();
    seconds = 2000;
    assertThat(progress.interrupted()).isTrue();
  }
}

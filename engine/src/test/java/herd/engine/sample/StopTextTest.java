package herd.engine.sample;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class StopTextTest {
  @Test
  void holdsBackWhatCouldBecomeAStop() {
    var text = new StopText(List.of("\nUser:", "END"));
    assertThat(text.add("one\nUs")).isEqualTo("one");
    assertThat(text.add("ual E")).isEqualTo("\nUsual ");
    assertThat(text.add("N")).isEmpty();
    assertThat(text.add("DED\nUser:")).isEmpty();
    assertThat(text.found()).isEqualTo("END");
    assertThat(text).hasToString("one\nUsual ");
    assertThat(text.end()).isEmpty();
  }

  @Test
  void givesTheRestAtTheEnd() {
    var text = new StopText(List.of("stop"));
    assertThat(text.add("it sto")).isEqualTo("it ");
    assertThat(text.end()).isEqualTo("sto");
    assertThat(text.found()).isNull();
  }

  @Test
  void anyCutGivesTheSameText() {
    var random = new Random(3);
    for (int round = 0; round < 300; round++) {
      var whole = new StringBuilder();
      for (int i = 0; i < 40; i++) {
        whole.append((char) ('a' + random.nextInt(2)));
      }
      var stops = new ArrayList<String>();
      for (int i = 0; i < 1 + random.nextInt(3); i++) {
        int from = random.nextInt(30);
        int length = 1 + random.nextInt(9);
        stops.add(whole.substring(from, from + length) + (random.nextBoolean() ? "" : "c"));
      }
      int end = Integer.MAX_VALUE;
      int first = whole.length();
      for (var stop : stops) {
        int at = whole.indexOf(stop);
        int to = at + stop.length();
        if (at >= 0 && (to < end || to == end && at < first)) {
          end = to;
          first = at;
        }
      }
      var text = new StopText(stops);
      var given = new StringBuilder();
      for (int at = 0; at < whole.length() && text.found() == null; ) {
        int to = Math.min(whole.length(), at + 1 + random.nextInt(4));
        given.append(text.add(whole.substring(at, to)));
        at = to;
      }
      given.append(text.end());
      assertThat(given).hasToString(whole.substring(0, first));
    }
  }
}

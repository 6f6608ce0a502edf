package herd.engine.tensor;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

@Timeout(value = 120, unit = TimeUnit.SECONDS, threadMode = ThreadMode.SEPARATE_THREAD)
class WorkersTest {
  @Test
  void everyPartRunsOnce() {
    try (var workers = new Workers(3)) {
      for (int parts = 0; parts < 200; parts++) {
        var seen = new AtomicIntegerArray(parts);
        workers.run(parts, seen::incrementAndGet);
        for (int i = 0; i < parts; i++) {
          assertThat(seen.get(i)).isEqualTo(1);
        }
      }
    }
  }

  /// Pauses around the time after which a thread parks: a lost wake-up would hang.
  @Test
  void wakesThreadsThatWentToSleep() throws InterruptedException {
    try (var workers = new Workers(2)) {
      var sum = new AtomicInteger();
      for (int round = 0; round < 300; round++) {
        workers.run(4, sum::addAndGet);
        Thread.sleep(Duration.ofNanos(round % 30 * 100_000));
      }
      assertThat(sum.get()).isEqualTo(300 * 6);
    }
  }

  @Test
  void workersAreNumbered() {
    try (var workers = new Workers(3)) {
      var wrong = new AtomicInteger();
      var busy = new AtomicIntegerArray(3);
      workers.run(1_000, (worker, _) -> {
        wrong.addAndGet(busy.incrementAndGet(worker) == 1 ? 0 : 1);
        busy.decrementAndGet(worker);
      });
      assertThat(wrong.get()).isZero();
    }
  }

  @Test
  void anExceptionReachesTheCallerAndTheNextRunIsWhole() {
    try (var workers = new Workers(2)) {
      for (int bad = 0; bad < 20; bad++) {
        int at = bad;
        assertThatThrownBy(() -> workers.run(20, i -> {
              if (i == at) {
                throw new IllegalStateException("part " + i);
              }
            }))
            .isInstanceOf(IllegalStateException.class)
            .hasMessage("part " + at);
        var sum = new AtomicInteger();
        workers.run(5, sum::addAndGet);
        assertThat(sum.get()).isEqualTo(10);
      }
      assertThatThrownBy(() -> workers.run(2, _ -> {
            throw new StackOverflowError();
          }))
          .isInstanceOf(StackOverflowError.class);
    }
  }

  @Test
  void callersTakeTurns() throws InterruptedException {
    try (var workers = new Workers(2)) {
      var sum = new AtomicInteger();
      var callers = new Thread[4];
      for (int c = 0; c < callers.length; c++) {
        callers[c] = Thread.ofPlatform().start(() -> {
          for (int round = 0; round < 500; round++) {
            workers.run(3, sum::addAndGet);
          }
        });
      }
      for (var caller : callers) {
        caller.join();
      }
      assertThat(sum.get()).isEqualTo(4 * 500 * 3);
    }
  }

  @Test
  void aClosedPoolRefuses() {
    var workers = new Workers(2);
    workers.close();
    assertThatThrownBy(() -> workers.run(2, _ -> {})).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> new Workers(0)).isInstanceOf(IllegalArgumentException.class);
  }
}

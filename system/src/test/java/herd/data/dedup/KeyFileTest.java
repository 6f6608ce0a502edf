package herd.data.dedup;

import herd.engine.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class KeyFileTest {
  @TempDir
  Path dir;

  @Test
  void whatWasWrittenIsFoundAndNothingElse() {
    var random = new Random(7);
    for (int size : new int[] {0, 1, 2, 1000, 100_000}) {
      var keys = new TreeMap<Long, Long>();
      while (keys.size() < size) { // half of them close to each other
        long key = random.nextBoolean() ? random.nextLong() : random.nextInt(4 * size) - size;
        keys.put(key, (long) random.nextInt(100));
      }
      var file = dir.resolve("keys" + size);
      try (var writer = new KeyFile.Writer(file, 5)) {
        keys.forEach(writer::add);
      }
      var read = KeyFile.open(file, 5);
      assertThat(read.count()).isEqualTo(size);
      keys.forEach((key, number) -> assertThat(read.find(key)).isEqualTo(number));
      for (int i = 0; i < 1000; i++) {
        long key = random.nextBoolean() ? random.nextLong() : random.nextInt(4 * size + 2) - size;
        assertThat(read.find(key)).isEqualTo(keys.getOrDefault(key, KeyFile.ABSENT));
      }
    }
  }

  @Test
  void damagedFilesAndOtherSettingsAreRefused() throws IOException {
    var file = dir.resolve("keys");
    try (var writer = new KeyFile.Writer(file, 5)) {
      for (long key = 0; key < 9; key++) {
        writer.add(key, 0);
      }
    }
    assertThatThrownBy(() -> KeyFile.open(file, 6)).isInstanceOf(UserError.class);
    var bytes = Files.readAllBytes(file);
    var cut = dir.resolve("cut");
    for (int size = 0; size < bytes.length; size++) {
      Files.write(cut, Arrays.copyOf(bytes, size));
      assertThatThrownBy(() -> KeyFile.open(cut, 5)).isInstanceOf(UserError.class);
    }
    assertThatThrownBy(() -> KeyFile.open(dir.resolve("absent"), 5)).isInstanceOf(UserError.class);
  }
}

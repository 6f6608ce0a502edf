package herd.engine.model;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class KvBlocksTest {
  @Test
  void leastRecentlyReleasedIsEvictedFirst() {
    var blocks = new KvBlocks(3);
    for (var key : List.of("a", "b", "c")) {
      blocks.name(blocks.take(), key);
    }
    assertThat(blocks.take()).isEqualTo(-1);
    blocks.release(1);
    blocks.release(0);
    assertThat(blocks.kept()).isEqualTo(2);
    assertThat(blocks.take()).isEqualTo(1);
    assertThat(blocks.knows("b")).isFalse();
    assertThat(blocks.find("a")).isZero();
    assertThat(blocks.find("c")).isEqualTo(2);
    blocks.release(2);
    assertThat(blocks.available()).isZero(); // "c" has its first holder still
    assertThatThrownBy(() -> {
          blocks.release(2);
          blocks.release(2);
        })
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void countsHoldAfterAnyHistory() {
    for (int seed = 0; seed < 200; seed++) {
      var random = new Random(seed);
      var blocks = new KvBlocks(1 + random.nextInt(12));
      var held = new ArrayList<Integer>();
      var contents = new HashMap<Integer, Object>(); // what was written into each block
      for (int i = 0; i < 200; i++) {
        switch (random.nextInt(4)) {
          case 0 -> {
            int block = blocks.take();
            if (block >= 0) {
              assertThat(held).doesNotContain(block);
              held.add(block);
              contents.remove(block);
            } else {
              assertThat(new HashSet<>(held)).hasSize(blocks.most());
            }
          }
          case 1 -> {
            Object key = random.nextInt(20);
            int block = blocks.find(key);
            if (block >= 0) {
              assertThat(contents).contains(Map.entry(block, key));
              held.add(block);
            }
          }
          case 2 -> {
            if (!held.isEmpty()) {
              int block = held.get(random.nextInt(held.size()));
              Object key = random.nextInt(20);
              if (!contents.containsKey(block) && !blocks.knows(key)) {
                blocks.name(block, key);
                contents.put(block, key);
              }
            }
          }
          default -> {
            if (!held.isEmpty()) {
              blocks.release(held.remove(random.nextInt(held.size())));
            }
          }
        }
        assertThat(blocks.held()).isEqualTo(new HashSet<>(held).size());
        assertThat(blocks.available()).isEqualTo(blocks.most() - blocks.held());
      }
    }
  }
}

package herd.data.spill;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

import static org.assertj.core.api.Assertions.assertThat;

class SortedRowsTest {
  @Property(tries = 100)
  void sortsInMemoryAndOnDiskAlike(
      @ForAll @Size(max = 200) List<Long> keys, @ForAll @IntRange(min = 1, max = 64) int held)
      throws Exception {
    var expected = new ArrayList<List<Long>>();
    for (int i = 0; i < keys.size(); i++) {
      expected.add(List.of(keys.get(i) % 50, (long) i));
    }
    var scratch = Files.createTempDirectory("rows");
    try (var rows = new SortedRows(2, scratch, held)) {
      expected.forEach(row -> rows.add(row.get(0), row.get(1)));
      expected.sort(Comparator.comparingLong(List::getFirst));
      var found = new ArrayList<List<Long>>();
      rows.forEach((row, at) -> found.add(List.of(row[at], row[at + 1])));
      assertThat(found).isEqualTo(expected);
      assertThat(rows.size()).isEqualTo(expected.size());
    }
    assertThat(files(scratch)).isEmpty();
    Files.delete(scratch);
  }

  private static List<Path> files(Path folder) throws Exception {
    try (var list = Files.list(folder)) {
      return list.toList();
    }
  }
}

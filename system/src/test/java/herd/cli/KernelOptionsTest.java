package herd.cli;

import herd.engine.UserError;
import herd.engine.code.InstructionSet;
import herd.engine.code.Processor;
import java.util.List;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

class KernelOptionsTest {
  private static KernelOptions named(String name) {
    var options = new KernelOptions();
    options.name = name;
    return options;
  }

  @Test
  void allNamesAreTaken() {
    for (var name : List.of("reference", "vector", "machine", "vector:blocks")) {
      named(name).check();
    }
    for (var set : InstructionSet.on(Processor.ask())) {
      named(set.kernels()).check();
    }
  }

  @Test
  void otherNamesAreRefused() {
    assertThatThrownBy(() -> named("fast").check())
        .isInstanceOf(UserError.class)
        .hasMessageContaining("reference, vector, machine");
    assertThatThrownBy(() -> named("machine:sse").check())
        .isInstanceOf(UserError.class)
        .hasMessageContaining("machine:avx512-vnni, machine:avx-vnni, machine:avx2");
  }
}

package herd.serve;

import herd.engine.io.FileStamp;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/// Each request looks whether a file of its model was replaced, and the model says so until it is
/// loaded again.
class ReplacedFileTest {
  private static final String ASK = "{'model': 'm', 'prompt': 'the', 'max_tokens': 1}";

  @TempDir
  Path dir;

  private Path file;

  private Models.Found find(String name) {
    return new Models.Found(name, 1 << 20, () -> {
      var p = TinyModel.parts("m", 64);
      return new ServedModel.Parts(
          p.id(),
          p.llama(),
          p.tokenizer(),
          p.kernels(),
          p.chat(),
          p.stopIds(),
          p.begin(),
          List.of(FileStamp.of(file)),
          p.bytes(),
          p.resources());
    });
  }

  @Test
  void eachRequestSeesIt() throws Exception {
    file = Files.writeString(dir.resolve("m.gguf"), "weights");
    var time = FileTime.fromMillis(1_000_000);
    Files.setLastModifiedTime(file, time);
    var models = new Models(TinyModel.SETTINGS, this::find, 0);
    try (var own = new RunningServer(models)) {
      models.load("m");
      own.ask("/v1/completions", ASK);
      Files.writeString(file, "longer weights");
      refused(own);
      Files.writeString(file, "weights");
      Files.setLastModifiedTime(file, time);
      own.ask("/v1/completions", ASK); // it is the same again
      var other = Files.writeString(dir.resolve("other"), "WEIGHTS");
      Files.setLastModifiedTime(other, time);
      Files.move(other, file, StandardCopyOption.REPLACE_EXISTING);
      refused(own); // of the same size and time, but another file
      models.unload("m");
      models.load("m");
      own.ask("/v1/completions", ASK);
      Files.delete(file);
      refused(own);
    }
  }

  private static void refused(RunningServer own) throws Exception {
    for (var path : List.of("/v1/completions", "/tokenize")) {
      var body = path.equals("/tokenize") ? "{'model': 'm', 'prompt': 'the'}" : ASK;
      var error = own.refused(path, body);
      assertThat(error.get("status").intValue()).isEqualTo(503);
      assertThat(error.get("code").stringValue()).isEqualTo("model_file_changed");
      assertThat(error.get("message").stringValue()).contains("m.gguf");
    }
  }
}

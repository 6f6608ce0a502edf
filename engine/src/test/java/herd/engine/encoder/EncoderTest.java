package herd.engine.encoder;

import herd.engine.UserError;
import herd.engine.io.Json;
import herd.engine.io.JsonValue;
import herd.engine.tensor.Kernels;
import herd.engine.tensor.ReferenceKernels;
import herd.engine.text.Tokenizer;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

/// A tiny random RoBERTa computes what transformers computes (`roberta.py` beside it).
class EncoderTest {
  private static final Path MODEL = model();

  private final Arena arena = Arena.ofShared();
  private final Kernels kernels = new ReferenceKernels();
  private final JsonValue expected = Json.read(MODEL.resolve("expected.json"));
  private final Encoder encoder = Encoder.load(MODEL, arena);

  @TempDir
  Path dir;

  private static Path model() {
    try {
      return Path.of(EncoderTest.class.getResource("expected.json").toURI()).getParent();
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  @AfterEach
  void close() {
    arena.close();
  }

  private int[][] texts() {
    return expected.get("ids").list().stream()
        .map(ids -> ids.integers(0, 1000))
        .toArray(int[][]::new);
  }

  @Test
  void logitsAreTransformers() {
    try (var pass = new EncoderPass(encoder, kernels, texts())) {
      var logits = expected.get("logits").list();
      for (int text = 0; text < logits.size(); text++) {
        for (int label = 0; label < encoder.config().labels().size(); label++) {
          double right = logits.get(text).list().get(label).number();
          assertThat(pass.logits(text)[label]).isCloseTo((float) right, within(1e-5f));
        }
      }
    }
  }

  @Test
  void gradientsAreTransformers() {
    var gradients = encoder.zeros(arena);
    try (var pass = new EncoderPass(encoder, kernels, texts())) {
      double loss = pass.backward(expected.get("labels").integers(0, 2), gradients);
      assertThat(loss).isCloseTo(expected.get("loss").number(), within(1e-6));
    }
    var wrong = new ArrayList<String>();
    for (var name : expected.get("gradients").object().keySet()) {
      var right = expected.get("gradients").get(name);
      var gradient = gradients.get(name).toFloats();
      double norm = 0;
      for (float g : gradient) {
        norm += (double) g * g;
      }
      double scale = right.get("norm").number();
      if (Math.abs(Math.sqrt(norm) - scale) > 1e-4 * scale + 1e-7) {
        wrong.add(name + ": norm " + Math.sqrt(norm) + " instead of " + scale);
      }
      var some = right.get("some").list();
      int stride = Math.max(1, gradient.length / 7);
      for (int i = 0; i < some.size(); i++) {
        if (Math.abs(gradient[i * stride] - some.get(i).number()) > 1e-4 * scale + 1e-7) {
          wrong.add(name + "[" + i * stride + "]: " + gradient[i * stride]);
        }
      }
    }
    assertThat(wrong).isEmpty();
    assertThat(gradients.keySet())
        .containsExactlyInAnyOrderElementsOf(expected.get("gradients").object().keySet());
  }

  @Test
  void textsBecomeTheTokenizersIds() {
    var tokenizer = Tokenizer.load(MODEL);
    var texts = texts();
    for (int i = 0; i < texts.length; i++) {
      var inner = Arrays.copyOfRange(texts[i], 1, texts[i].length - 1);
      assertThat(tokenizer.encode(expected.get("texts").list().get(i).string())).isEqualTo(inner);
    }
  }

  @Test
  void batchesAnswerAsSingleTextsDo() throws IOException {
    encoder.save(dir);
    Files.copy(MODEL.resolve("config.json"), dir.resolve("config.json"));
    var again = Encoder.load(dir, arena);
    var texts = texts();
    try (var all = new EncoderPass(encoder, kernels, texts)) {
      for (int i = 0; i < texts.length; i++) {
        try (var one = new EncoderPass(again, kernels, new int[][] {texts[i]})) {
          assertThat(one.logits(0)).containsExactly(all.logits(i), within(1e-6f));
        }
      }
    }
  }

  @Test
  void powersAreNearThoseInDouble() {
    for (float x = 0; x > -90; x -= 0.0137f) {
      double right = Math.exp(x);
      assertThat((double) EncoderAttention.exp(x)).isCloseTo(right, within(4e-6 * right + 1e-37));
    }
  }

  @Test
  void mistakesAreTold() throws IOException {
    assertMistake("token 300", () -> new EncoderPass(encoder, kernels, new int[][] {{0, 300, 2}}));
    assertMistake("79 tokens", () -> new EncoderPass(encoder, kernels, new int[][] {new int[79]}));
    Files.copy(MODEL.resolve("model.safetensors"), dir.resolve("model.safetensors"));
    var config = Files.readString(MODEL.resolve("config.json"));
    Files.writeString(dir.resolve("config.json"), config.replace("\"roberta\"", "\"bert\""));
    assertMistake("model_type", () -> Encoder.load(dir, arena));
    Files.writeString(
        dir.resolve("config.json"),
        config.replace("\"intermediate_size\": 24", "\"intermediate_size\": 25"));
    assertMistake("intermediate.dense", () -> Encoder.load(dir, arena));
  }

  private static void assertMistake(String message, Runnable call) {
    assertThatThrownBy(call::run).isInstanceOf(UserError.class).hasMessageContaining(message);
  }
}

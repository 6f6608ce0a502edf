package herd.engine.infer;

import herd.engine.io.Encoding;
import herd.engine.io.JsonWriter;
import herd.engine.model.Family;
import herd.engine.model.GgufModel;
import herd.engine.model.Llama;
import herd.engine.model.LlamaConfig;
import herd.engine.sample.Sampling;
import herd.engine.tensor.DType;
import herd.engine.tensor.ReferenceKernels;
import herd.engine.tensor.Rotary;
import herd.engine.tensor.Tensor;
import herd.engine.text.BpeTrainer;
import herd.engine.text.GgufTokenizer;
import herd.engine.text.Tokenizer;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/// Our GGUF files in llama.cpp itself, as the npm package `node-llama-cpp` brings it: it must
/// cut text into the same tokens and write the same greedy answers. Skipped unless the system
/// property `herd.node` names a folder whose `node_modules` holds that package.
@Tag("slow")
class LlamaCppTest {
  private static final String TEXT = """
      The cat's hat, the mat: 12345 'S x\u00a0 y \r\n\n  z <|eot_id|> café 日本 \ud83d\ude00
      """;

  private static final String PROGRAM = """
      import {pathToFileURL} from "url";
      import fs from "fs";
      const [modules, model, input] = process.argv.slice(-3);
      const {getLlama} = await import(pathToFileURL(modules + "/node-llama-cpp/dist/index.js"));
      const {text, prompt, count} = JSON.parse(fs.readFileSync(input));
      const llama = await getLlama({gpu: false, build: "never", logLevel: "error"});
      const loaded = await llama.loadModel({modelPath: model, gpuLayers: 0});
      const context = await loaded.createContext({contextSize: 256, threads: 1});
      const answer = [];
      for await (const token of context.getSequence().evaluate(prompt, {temperature: 0})) {
        answer.push(token);
        if (answer.length == count) break;
      }
      console.log(loaded.tokenize(text, false).join(" ") + " | " + answer.join(" "));
      process.exit(0);
      """;

  @TempDir
  Path folder;

  @Test
  void llamaCppReadsTheSameModel() throws Exception {
    String node = System.getProperty("herd.node");
    assumeTrue(node != null, "node-llama-cpp is absent; -Dherd.node=FOLDER names its place");
    var tokenizer = BpeTrainer.train(List.of(TEXT.repeat(2)), 300, Tokenizer.LLAMA3_SPECIALS);
    var arena = Arena.ofAuto();
    int[] prompt = tokenizer.encode(TEXT);
    prompt[0] = tokenizer.special("<|begin_of_text|>");
    for (var family : Family.values()) {
      var model = Llama.random(arena, DType.F32, config(family, tokenizer.vocab()), 5);
      model.parameters().values().forEach(LlamaCppTest::widen);
      for (var encoding : List.of(Encoding.F32, Encoding.Q8_0)) {
        Path file = folder.resolve(encoding + ".gguf");
        GgufModel.save(file, model, encoding, GgufTokenizer.metadata(tokenizer, tokenizer.vocab()));
        int count = encoding == Encoding.F32 ? 12 : 2; // theirs multiplies by 8-bit activations
        var answer = new Generator(GgufModel.load(file, arena), new ReferenceKernels(), 1)
            .generate(
                List.of(prompt), Sampling.greedy(), count, new int[0], Generator.Listener.NONE)
            .getFirst();
        assertThat(ask(node, file, prompt, count))
            .as(family + " in " + encoding)
            .isEqualTo(joined(tokenizer.encode(TEXT)) + " | " + joined(answer.ids()));
      }
    }
  }

  @Test
  void llamaCppOpensEveryFormatThatIsWritten() throws Exception {
    String node = System.getProperty("herd.node");
    assumeTrue(node != null, "node-llama-cpp is absent; -Dherd.node=FOLDER names its place");
    var tokenizer = BpeTrainer.train(List.of(TEXT.repeat(2)), 300, Tokenizer.LLAMA3_SPECIALS);
    var config =
        new LlamaConfig(tokenizer.vocab(), 256, 1, 4, 2, 64, 512, 500_000, null, 1e-5, true, 256);
    var model = Llama.random(Arena.ofAuto(), DType.F32, config, 5);
    int[] prompt = tokenizer.encode(TEXT);
    for (var encoding : List.of(
        Encoding.BF16,
        Encoding.Q6_K,
        Encoding.Q5_1,
        Encoding.Q5_0,
        Encoding.Q4_K,
        Encoding.Q4_1,
        Encoding.Q4_0)) {
      Path file = folder.resolve(encoding + ".gguf");
      GgufModel.save(file, model, encoding, GgufTokenizer.metadata(tokenizer, tokenizer.vocab()));
      assertThat(ask(node, file, prompt, 1))
          .as(encoding.name())
          .matches(joined(prompt) + " \\| \\d+");
    }
  }

  private static LlamaConfig config(Family family, int vocab) {
    var scaling = family == Family.LLAMA ? new Rotary.Scaling(8, 1, 4, 8192) : null;
    return new LlamaConfig(vocab, 64, 2, 4, 2, 16, 96, 500_000, scaling, 1e-5, false, 256, family);
  }

  /// Random weights as they are give nearly equal logits; wider ones decide clearly. Norms and
  /// biases differ from number to number.
  private static void widen(Tensor tensor) {
    for (int r = 0; r < tensor.rows(); r++) {
      for (int c = 0; c < tensor.cols(); c++) {
        double x = tensor.get(r, c);
        tensor.set(r, c, tensor.rows() > 1 ? 5 * x : x + 0.4 * Math.sin(c));
      }
    }
  }

  private static String joined(int[] ids) {
    return String.join(" ", Arrays.stream(ids).mapToObj(Integer::toString).toList());
  }

  private String ask(String node, Path model, int[] prompt, int count)
      throws IOException, InterruptedException {
    Path program = Files.writeString(folder.resolve("ask.mjs"), PROGRAM);
    Path input = folder.resolve("input.json");
    var ids = Arrays.stream(prompt).boxed().toList();
    Files.writeString(input, JsonWriter.write(Map.of("text", TEXT, "prompt", ids, "count", count)));
    var process = new ProcessBuilder(
            "node", program.toString(), node + "/node_modules", model.toString(), input.toString())
        .redirectErrorStream(true)
        .start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    return out.strip();
  }
}

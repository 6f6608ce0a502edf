package herd.bench;

import herd.engine.infer.EngineSettings;
import herd.engine.model.Llama;
import herd.engine.model.LlamaConfig;
import herd.engine.tensor.DType;
import herd.engine.tensor.ReferenceKernels;
import herd.engine.text.BpeTrainer;
import herd.engine.text.Tokenizer;
import herd.serve.Models;
import herd.serve.ServedModel;
import herd.serve.Server;
import herd.serve.ServerSettings;
import herd.serve.http.ApiKeys;
import herd.serve.http.HttpSettings;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Set;

/// A server with a small model of random weights, `tiny`.
final class RandomModelServer implements AutoCloseable {
  private final Server server;

  RandomModelServer() {
    var tokenizer = BpeTrainer.train(
        List.of("the cat sat on the mat and the dog ran"), 290, Tokenizer.LLAMA3_SPECIALS);
    var config =
        new LlamaConfig(tokenizer.vocab(), 32, 2, 4, 2, 8, 64, 500_000, null, 1e-5, true, 512);
    var arena = Arena.ofShared();
    var models = new Models(EngineSettings.DEFAULTS.withKvBytes(16 << 20), null, 0);
    models.add(new ServedModel.Parts(
        "tiny",
        Llama.random(arena, DType.F32, config, 1),
        tokenizer,
        new ReferenceKernels(),
        (messages, _, _, _) -> tokenizer.encode(messages.getLast().content()),
        Set.of(tokenizer.special("<|eot_id|>")),
        new int[0],
        List.of(),
        0,
        arena::close));
    server =
        new Server(new ServerSettings(HttpSettings.local(0), ApiKeys.none(), null, false), models);
  }

  String address() {
    return server.address();
  }

  @Override
  public void close() {
    server.close();
  }
}

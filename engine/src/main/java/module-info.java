/// Numbers, tokenizers and models of Herd: everything needed to load a Llama-family model and
/// run it or train it, on nothing but the JDK. The vector kernels need `--add-modules
/// jdk.incubator.vector`; without it the engine runs on its portable kernels and says so once.
module herd.engine {
  requires static jdk.incubator.vector;

  exports herd.engine;
  exports herd.engine.io;
  exports herd.engine.encoder;
  exports herd.engine.tensor;
  exports herd.engine.kernel;
  exports herd.engine.template;
  exports herd.engine.text;
  exports herd.engine.model;
  exports herd.engine.sample;
  exports herd.engine.code;
  exports herd.engine.quant;
  exports herd.engine.infer;
  exports herd.engine.automaton;
  exports herd.engine.grammar;
  exports herd.engine.score;
}

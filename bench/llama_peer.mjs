// Tokens a second of llama.cpp (as node-llama-cpp carries it): reading a prompt and writing an answer.
// usage: node llama_peer.mjs MODEL.gguf [--prompt N] [--answer N] [--threads N] [--rounds N]
// Run it in a folder where `npm install node-llama-cpp` was run. One JSON line for each measurement.
import {createRequire} from "node:module";
import path from "node:path";
import {pathToFileURL} from "node:url";

const args = process.argv.slice(2);
const option = (name, otherwise) => {
  const at = args.indexOf(name);
  return at < 0 ? otherwise : Number(args[at + 1]);
};
const entry = createRequire(path.join(process.cwd(), "x.js")).resolve("node-llama-cpp");
const {getLlama} = await import(pathToFileURL(entry));
const llama = await getLlama({gpu: false, build: "never", logLevel: "error"});
const threads = option("--threads", 2);
const prompt = option("--prompt", 512);
const answer = option("--answer", 128);
const rounds = option("--rounds", 3);
const model = await llama.loadModel({modelPath: path.resolve(args[0])});
const context = await model.createContext({
  contextSize: Math.max(prompt, answer) + 64, batchSize: 512, threads: {ideal: threads, min: threads},
  flashAttention: args.includes("--flash")});
const sequence = context.getSequence();
const ids = Array.from({length: Math.max(prompt, answer)}, (_, i) => (i * 7919 + 13) % 10000 + 100);

async function measure(name, tokens, run) {
  const rates = [];
  for (let round = -1; round < rounds; round++) {
    await sequence.clearHistory();
    const start = process.hrtime.bigint();
    await run();
    const rate = tokens * 1e9 / Number(process.hrtime.bigint() - start);
    if (round >= 0) rates.push(rate);
  }
  rates.sort((a, b) => a - b);
  console.log(JSON.stringify({what: "llama.cpp", model: path.basename(args[0]), test: name + tokens, threads,
    median: rates[rounds >> 1], best: rates[rounds - 1]}));
}

if (prompt > 0) {
  await measure("pp", prompt, () => sequence.evaluateWithoutGeneratingNewTokens(ids.slice(0, prompt)));
}
if (answer > 0) {
  await measure("tg", answer, async () => {
    let left = answer;
    for await (const _ of sequence.evaluate(ids.slice(0, 1), {temperature: 0, yieldEogToken: true})) {
      if (--left <= 0) break;
    }
  });
}
await llama.dispose();

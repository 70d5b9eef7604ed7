// The work of tests/bench/src/same_work.rs in Node: node same-work.mjs gatescope.wasm FOLDER
// Raw ABI, through the embedder's example. Prints microseconds on the processor as JSON: first call and best of the rounds.
import { readFileSync } from "node:fs";
import { Gatescope } from "../../deploy/embed-node/gatescope.mjs";

const [wasm, folder] = process.argv.slice(2);
const [ROUNDS, EVENTS] = [7, 1000];
const bytes = readFileSync(wasm);
const text = readFileSync(`${folder}/cold.json`);
const events = readFileSync(`${folder}/events.ndjson`, "utf8").split("\n").map((line) => Buffer.from(line));

// Wall time: Node's own threads (tiering, collection) would count otherwise.
const time = (what) => {
  const start = process.hrtime.bigint();
  const out = what();
  return [Number(process.hrtime.bigint() - start) / 1e3, out];
};
const summary = ([first, ...others]) => ({ first, best: Math.min(...others) });
const rounds = (what) => summary(Array.from({ length: ROUNDS + 1 }, () => time(what)[0]));

const start = process.hrtime.bigint();
let engine = new Gatescope(bytes, { complete: true });
const compile = Number(process.hrtime.bigint() - start) / 1e3;
const cold = rounds(() => {
  engine.reset({ complete: true });
  engine.load(text);
  engine.settle();
});
const render = rounds(() => engine.report());
const columns = rounds(() => engine.columns());
const medians = [];
for (let round = 0; round <= ROUNDS; round++) {
  const times = events.slice(round * EVENTS, (round + 1) * EVENTS).map((json) => time(() => engine.applyBytes([{ json }]))[0]);
  const first = times[0];
  times.sort((a, b) => a - b);
  medians.push(round === 0 ? first : times[EVENTS / 2]);
}
console.log(JSON.stringify({ compile, cold, event: summary(medians), render, columns, reportBytes: engine.report().length }));

// The work of tests/bench/src/same_work.rs in Node: node same-work.mjs gatescope.wasm FOLDER
// Raw ABI, through the embedder's example. Prints microseconds on the processor as JSON: first call and best of the rounds.
import { readFileSync } from "node:fs";
import { Gatescope } from "../../deploy/embed-node/gatescope.mjs";

const [wasm, folder] = process.argv.slice(2);
const [ROUNDS, EVENTS] = [7, 1000];
const bytes = readFileSync(wasm);
const text = readFileSync(`${folder}/cold.json`);
const events = readFileSync(`${folder}/events.ndjson`, "utf8").split("\n").map((line) => Buffer.from(line));

// On the processor, with what V8 compiles beside it.
const time = (what) => {
  const start = process.cpuUsage();
  what();
  const { user, system } = process.cpuUsage(start);
  return user + system;
};
const summary = ([first, ...others]) => ({ first, best: Math.min(...others) });
const rounds = (what) => summary(Array.from({ length: ROUNDS + 1 }, () => time(what)));

let engine;
const compile = time(() => { engine = new Gatescope(bytes, { complete: true }); });
const cold = rounds(() => {
  engine.reset({ complete: true });
  engine.load(text);
  engine.settle();
});
const render = rounds(() => engine.report());
const columns = rounds(() => engine.columns());
const event = (json) => engine.applyBytes([{ json }]);
const means = [time(() => event(events[0]))];
for (let i = 1; i + EVENTS <= events.length; i += EVENTS) means.push(time(() => events.slice(i, i + EVENTS).forEach(event)) / EVENTS);
console.log(JSON.stringify({ compile, cold, event: summary(means), render, columns, reportBytes: engine.report().length }));

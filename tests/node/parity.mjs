// Runs many cases in one process: node parity.mjs HOST PKG, one JSON line in for each case, one line out.
// HOST is `bindgen` (the generated glue) or `raw` (the embedder's example). In: {"settings", "text"}. Out: the report's
// SHA-256, whether the decoded columns are the report's exposures, the traces, or the error.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const [host, pkg] = process.argv.slice(2);
const from = (file) => import(pathToFileURL(`${pkg}/${file}`).href);
const { Columns } = await from("columns.js");
const bytes = readFileSync(`${pkg}/gatescope.wasm`);

async function opener() {
  if (host === "raw") {
    const { Gatescope } = await import("../../deploy/embed-node/gatescope.mjs");
    return (settings, text, requests) => {
      const g = new Gatescope(bytes, settings);
      g.load(text);
      g.settle();
      return { report: g.report(), columns: g.columns(), traces: requests.length ? g.trace(requests) : [] };
    };
  }
  const { Engine, initSync } = await from("gatescope.js");
  initSync({ module: new WebAssembly.Module(bytes) });
  return (settings, text, requests) => {
    const engine = new Engine(settings);
    const { error } = engine.load(Buffer.from(text));
    if (error) throw new Error(error.message);
    engine.settle();
    const out = { report: engine.reportBytes(), columns: engine.columns(), traces: requests.length ? engine.trace(requests) : [] };
    engine.free();
    return out;
  };
}

const open = await opener();
for await (const line of createInterface({ input: process.stdin })) {
  const { settings, text, requests } = JSON.parse(line);
  let out;
  try {
    const { report, columns, traces } = open(settings, text, requests);
    const table = new Columns(columns);
    const rows = Array.from({ length: table.length }, (_, i) => table.exposure(i));
    const exposures = JSON.parse(Buffer.from(report).toString()).exposures;
    out = { sha256: createHash("sha256").update(report).digest("hex"), columns: isDeepStrictEqual(rows, exposures), traces };
  } catch (e) {
    out = { error: String(e?.stack ?? e) };
  }
  process.stdout.write(`${JSON.stringify(out)}\n`);
}

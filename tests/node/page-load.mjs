// What the boundary costs a page: node page-load.mjs PKG FOLDER, over the generated glue, as the page's worker does it.
// A load is: the snapshot in, resolved, the frame and the columns out, the first hundred rows decoded. Of that, the
// boundary is: bytes copied in and out, the frame as JSON text parsed, rows decoded. Prints microseconds as JSON.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [pkg, folder] = process.argv.slice(2);
const from = (file) => import(pathToFileURL(`${pkg}/${file}`).href);
const [{ Engine, initSync }, { Columns }] = [await from("gatescope.js"), await from("columns.js")];
const { memory } = initSync({ module: new WebAssembly.Module(readFileSync(`${pkg}/gatescope.wasm`)) });
const text = readFileSync(`${folder}/cold.json`);
const VISIBLE = 100;

const time = (what) => {
  const start = process.cpuUsage();
  const out = what();
  const { user, system } = process.cpuUsage(start);
  return [user + system, out];
};
const least = (rounds, what) => Math.min(...Array.from({ length: rounds }, () => time(what)[0]));

const load = () => {
  const engine = new Engine({ complete: true });
  engine.load(text);
  engine.settle();
  const [frame, columns] = [engine.frame(), engine.columns()];
  const table = new Columns(columns);
  for (let i = 0; i < VISIBLE; i++) table.exposure(i);
  return { engine, frame, columns, rows: table.length };
};
let last = load();
const total = least(5, () => { last.engine.free(); last = load(); });
const { engine, frame, columns, rows } = last;

// Each part again, by itself.
const [report, framed] = [engine.reportBytes(), Buffer.from(JSON.stringify(frame))];
const room = new Uint8Array(memory.buffer, memory.buffer.byteLength - text.length, text.length);
const copy = new Uint8Array(text.length);
const copyIn = least(9, () => copy.set(room));
const copyOut = least(9, () => columns.slice());
const frameText = least(9, () => JSON.parse(framed.toString()));
const decode = least(9, () => { const table = new Columns(columns); for (let i = 0; i < VISIBLE; i++) table.exposure(i); });
const rowsAsJson = least(5, () => JSON.parse(Buffer.from(report).toString()));
const boundary = copyIn + copyOut + frameText + decode;
console.log(JSON.stringify({ total, boundary, copyIn, copyOut, frameText, decode, rowsAsJson: rowsAsJson + copyIn, rows }));

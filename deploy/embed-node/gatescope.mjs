// gatescope in another program: the module's raw ABI (docs/module-abi.md) and nothing but the WebAssembly API.
//
//   node gatescope.mjs gatescope.wasm snapshot.json [profile]
//
// `gatescope module -o gatescope.wasm` writes the module out.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const ABI = 1;

/** What the module says of a call that it refused. */
export class Refused extends Error {
  constructor({ code, message, line, column, objects }) {
    super(line ? `${message} (line ${line}, column ${column})` : message);
    Object.assign(this, { code, line, column, objects });
  }
}

export class Gatescope {
  #x;
  #engine = 0;

  constructor(bytes, settings = {}) {
    const module = new WebAssembly.Module(bytes);
    // What it imports is for browsers; nobody calls it here.
    const imports = {};
    for (const { module: from, name } of WebAssembly.Module.imports(module)) {
      (imports[from] ??= {})[name] = () => { throw new Error(`the module called ${from}.${name}`); };
    }
    this.#x = new WebAssembly.Instance(module, imports).exports;
    const abi = this.#x.gatescope_abi_version?.();
    if (abi !== ABI) throw new Error(`this program speaks version ${ABI} of the module ABI, the module ${abi ?? "none"}`);
    this.reset(settings);
  }

  /** An empty engine in the place of the one that there was. */
  reset(settings = {}) {
    if (this.#engine) this.#x.gatescope_engine_free(this.#engine);
    this.#engine = this.#input(JSON.stringify(settings), (ptr, len) => this.#x.gatescope_engine_new(ptr, len));
    if (this.#engine === 0) throw new Refused(JSON.parse(this.#text()));
  }

  /** Takes in JSON as kubectl prints it; how many objects. */
  load(json) { return JSON.parse(this.#call("load", json)).objects; }
  /** Resolves what was loaded. */
  settle() { return JSON.parse(this.#call("settle")).revision; }
  /** Objects that replace older ones, and deletions; what that did. */
  apply(changes) { return JSON.parse(this.applyBytes(changes)); }
  /** The same, and the answer as it came. */
  applyBytes(changes) {
    const frames = changes.map(({ json, remove }) => {
      const body = Buffer.from(json ?? JSON.stringify(remove));
      const head = Buffer.alloc(8);
      head.writeUInt32LE(json === undefined ? 2 : 1, 0);
      head.writeUInt32LE(body.length, 4);
      return Buffer.concat([head, body]);
    });
    return this.#call("apply", Buffer.concat(frames));
  }
  /** The whole report: the same bytes from every host. */
  report() { return this.#call("report"); }
  /** All exposures as typed columns. */
  columns() { return this.#call("columns"); }
  trace(requests) { return JSON.parse(this.#call("trace", JSON.stringify(requests))); }

  #call(name, input) {
    const call = this.#x[`gatescope_${name}`];
    let status;
    try {
      status = input === undefined ? call(this.#engine) : this.#input(input, (ptr, len) => call(this.#engine, ptr, len));
    } catch (trap) {
      const said = this.#read(this.#x.gatescope_panic_ptr(), this.#x.gatescope_panic_len()).toString();
      throw new Error(`the module died: ${said || trap.message}`);
    }
    if (status !== 0) throw new Refused(JSON.parse(this.#text()));
    return this.#read(this.#x.gatescope_result_ptr(), this.#x.gatescope_result_len());
  }

  #text() { return this.#read(this.#x.gatescope_result_ptr(), this.#x.gatescope_result_len()).toString(); }

  // The memory may have moved since the last look at it: a view is made for each.
  #read(ptr, len) { return Buffer.from(new Uint8Array(this.#x.memory.buffer, ptr >>> 0, len >>> 0)); }

  #input(data, call) {
    const bytes = Buffer.from(data);
    const ptr = this.#x.gatescope_alloc(bytes.length) >>> 0;
    if (ptr === 0) throw new Error("the module has no memory left");
    new Uint8Array(this.#x.memory.buffer, ptr, bytes.length).set(bytes);
    const out = call(ptr, bytes.length);
    this.#x.gatescope_free(ptr, bytes.length);
    return out;
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [wasm, snapshot, profile = "auto"] = process.argv.slice(2);
  const gatescope = new Gatescope(readFileSync(wasm), { profile, complete: true });
  gatescope.load(readFileSync(snapshot));
  gatescope.settle();
  for (const e of JSON.parse(gatescope.report()).exposures) {
    const to = e.backend ? `${e.backend.namespace}/${e.backend.name}:${e.backend.port ?? ""}` : e.action;
    console.log([e.state, e.listener.protocol, `${e.hostname}:${e.listener.port}${e.path?.value ?? ""}`, "->", to, ...e.reasons].join(" "));
  }
}

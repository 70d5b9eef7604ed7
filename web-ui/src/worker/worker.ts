//! The worker: it holds the module, and answers one question after the other.

import init, { about, catalogue, lastPanic } from "gatescope";
import { Source, timed } from "./engine";
import * as pack from "./pack";
import type { Calls, Name, Opened, Problem, Question, Text } from "./protocol";
import { buffers } from "../model/table";

type Yaml = typeof import("./yaml");
let yaml = (): Promise<Yaml> => import("./yaml");
/** For the build that has the parser in it. */
export const bring = (module: Yaml): void => void (yaml = () => Promise.resolve(module));

const sources = new Map<number, Source>();
const encoder = new TextEncoder();

async function unzip(bytes: ArrayBuffer): Promise<ArrayBuffer> {
  const head = new Uint8Array(bytes, 0, Math.min(2, bytes.byteLength));
  if (head[0] !== 0x1f || head[1] !== 0x8b) return bytes;
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
}

async function sha256(bytes: ArrayBuffer): Promise<string> {
  // Only where the page came over HTTPS, from this machine or from a file; else the build's own word.
  if (!crypto.subtle) return __MODULE_SHA256__;
  return Array.from(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)), (b) => b.toString(16).padStart(2, "0")).join("");
}

async function json(text: Text, problems: Problem[]): Promise<Uint8Array[]> {
  let bytes: ArrayBuffer;
  try {
    bytes = await unzip(text.bytes);
  } catch {
    problems.push({ where: text.name, message: "this gzip file is damaged or cut off" });
    return [];
  }
  const view = new Uint8Array(bytes);
  const first = view.find((b) => b > 32);
  if (first === undefined) return [];
  const bom = view[0] === 0xef && view[1] === 0xbb ? 3 : 0;
  // `{` and `[` open JSON; YAML may too, and then says so by failing as JSON.
  if (first === 0x7b || first === 0x5b) {
    if (!/\.ya?ml(\.gz)?$/i.test(text.name)) return [bom ? view.slice(bom) : view];
  }
  const parser = await yaml();
  return parser.toJson(text.name, new TextDecoder().decode(view), problems).map((t) => encoder.encode(t));
}

async function open(source: number, texts: Text[], settings: object): Promise<Opened> {
  sources.get(source)?.free();
  const s = new Source(settings);
  sources.set(source, s);
  for (const text of texts) for (const part of await json(text, s.problems)) s.load(text.name, part);
  timed("settle", () => s.engine.settle());
  return s.show();
}

const of = (source: number): Source => {
  const s = sources.get(source);
  if (!s) throw new Error(`there is no source ${source}`);
  return s;
};

const answers: { [N in Name]: (q: Calls[N]["in"]) => Promise<Calls[N]["out"]> | Calls[N]["out"] } = {
  async start({ module }) {
    const bytes = typeof module === "string" ? await download(module) : await unzip(module);
    await init({ module_or_path: bytes });
    return { ...about(), sha256: await sha256(bytes) };
  },
  open: ({ source, texts, settings }) => open(source, texts, settings),
  async fetch({ source, url, settings }) {
    const response = await fetch(url, { headers: { accept: "application/json" } });
    if (!response.ok) await response.text();
    if (!response.ok) throw new Error(`${new URL(url).pathname} answered ${response.status} ${response.statusText}`);
    // The revision is the entity tag: events since then are what it lacks.
    const feed = /^W\/"(\d+)"$/.exec(response.headers.get("etag") ?? "")?.[1] ?? "";
    return { ...(await open(source, [{ name: "snapshot", bytes: await response.arrayBuffer() }], settings)), feed };
  },
  apply({ source, put, remove }) {
    const s = of(source);
    const delta = s.apply(put, remove);
    return { ...s.show(), ...delta };
  },
  close({ source }) {
    sources.get(source)?.free();
    sources.delete(source);
    return null;
  },
  layout({ source, options, rows, attachments }) {
    const { engine } = of(source);
    return pack.layout(rows && attachments ? engine.layoutOf(options, rows, attachments) : engine.layout(options));
  },
  explain: ({ source, kind, namespace, name }) => of(source).engine.explain(kind, namespace, name) ?? null,
  trace: ({ source, request, everywhere }) => (everywhere ? of(source).engine.traceEverywhere(request) : of(source).engine.trace([request])),
  impact: ({ source, ref }) => of(source).impact(ref),
  report: ({ source }) => of(source).engine.reportBytes().slice().buffer as ArrayBuffer,
  catalogue: () => catalogue(),
};

async function download(url: string): Promise<ArrayBuffer> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`the module could not be loaded: ${response.status} ${response.statusText}`);
  return response.arrayBuffer();
}

/** Buffers of an answer, to be handed over. */
function transfers(out: unknown): Transferable[] {
  if (out instanceof ArrayBuffer) return [out];
  if (!out || typeof out !== "object") return [];
  const o = out as Partial<Omit<Opened, "rows">> & { nodes?: Opened["gateways"]; rows?: unknown };
  const tables = [o.gateways, o.listeners, o.attachments, o.findings, o.nodes].filter((t) => t !== undefined && "cols" in t);
  const rows = o.rows instanceof ArrayBuffer ? [o.rows] : o.rows instanceof Uint32Array ? [o.rows.buffer] : [];
  return [...new Set<Transferable>([...rows, ...tables.flatMap(buffers)])];
}

let turn: Promise<unknown> = Promise.resolve();
self.onmessage = (e: MessageEvent<Question>): void => {
  const { id, name } = e.data;
  turn = turn.then(async () => {
    try {
      const out = await (answers[name] as (q: unknown) => unknown)(e.data.in);
      self.postMessage({ id, out }, { transfer: transfers(out) });
    } catch (error) {
      let panic = "";
      try {
        panic = lastPanic();
      } catch {
        // The module is not there yet.
      }
      const text = panic || (error instanceof Error ? error.message : String(error));
      self.postMessage({ id, error: text, lost: panic !== "" || error instanceof WebAssembly.RuntimeError });
    }
  });
};

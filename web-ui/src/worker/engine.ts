//! One snapshot and its resolver. What was loaded is kept as text, for a second copy that says what breaks if something goes.

import { Engine, type Report, type Settings } from "gatescope";
import { Columns } from "gatescope/columns";
import * as pack from "./pack";
import type { Impact, Opened, Problem, Ref } from "./protocol";

/** What took how long, for whoever opens the browser's profiler or measures. */
export function timed<T>(name: string, work: () => T): T {
  const start = performance.now();
  const out = work();
  performance.measure(`gatescope: ${name}`, { start, end: performance.now() });
  return out;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const ROUTE = /^(HTTP|GRPC|TLS|TCP|UDP)Route$/;

interface Thing {
  kind?: string;
  metadata?: { namespace?: string; name?: string };
  spec?: { hostnames?: unknown };
  items?: Thing[];
  objects?: Thing[];
}

export class Source {
  readonly engine: Engine;
  cluster = "";
  objects = 0;
  problems: Problem[] = [];
  #texts: Uint8Array[] = [];
  #changes: { put: string[]; remove: Ref[] }[] = [];
  #hosts?: Map<string, string[]>;
  #spare?: Engine;

  constructor(readonly settings: Settings) {
    this.engine = new Engine(settings);
  }

  load(name: string, json: Uint8Array): void {
    this.#texts.push(json);
    const loaded = timed("load", () => this.engine.load(json));
    this.objects += loaded.objects;
    if (loaded.error) this.problems.push({ where: `${name}:${loaded.error.line}:${loaded.error.column}`, message: loaded.error.message });
    const head = decoder.decode(json.subarray(0, 4096));
    this.cluster ||= /^\s*\{"schema":"gatescope\/snapshot\/v1".*?"cluster":"((?:[^"\\])*)"/.exec(head)?.[1] ?? "";
  }

  apply(put: string[], remove: Ref[]): { opened: string[]; closed: string[]; changed: string[] } {
    for (const text of put) this.engine.put(encoder.encode(text));
    for (const r of remove) this.engine.remove(r.group ?? groupOf(r.kind), r.kind, r.namespace ?? "", r.name);
    this.#changes.push({ put, remove });
    this.#hosts = undefined;
    this.#spare?.free();
    this.#spare = undefined;
    const { delta, errors } = this.engine.apply();
    for (const e of errors) this.problems.push({ where: "event", message: e.message });
    return { opened: delta.opened.map((e) => e.id), closed: delta.closed, changed: delta.changed.map((e) => e.id) };
  }

  show(): Opened {
    const frame: Report = timed("frame", () => this.engine.frame());
    const rows = timed("columns", () => this.engine.columns());
    const columns = new Columns(rows);
    const parts = timed("pack", () => ({
      gateways: pack.gateways(frame.gateways),
      listeners: pack.listeners(frame.listeners),
      attachments: pack.attachments(frame, columns, (...of) => this.#hostsOf(...of)),
      findings: pack.findings(frame.findings),
    }));
    return {
      ...parts,
      rows: rows.buffer as ArrayBuffer,
      summary: frame.summary,
      mesh: frame.mesh.length,
      objects: this.objects,
      revision: this.engine.revision,
      problems: this.problems,
      cluster: this.cluster,
    };
  }

  /** What would change if an object went: the resolver's own answer, from a copy that loses it. */
  impact(ref: Ref): Impact {
    const spare = this.#copy();
    this.#spare = undefined;
    const before = new Columns(spare.columns());
    const at = new Map<string, number>();
    for (let i = 0; i < before.length; i++) at.set(before.id(i), i);
    spare.remove(ref.group ?? groupOf(ref.kind), ref.kind, ref.namespace ?? "", ref.name);
    const { delta } = spare.apply();
    spare.free();
    return {
      closed: delta.closed.map((id) => before.exposure(at.get(id)!)),
      changed: delta.changed.map((after) => ({ before: before.exposure(at.get(after.id)!), after })),
      opened: delta.opened,
      findings: delta.findings.added,
    };
  }

  #copy(): Engine {
    if (this.#spare) return this.#spare;
    const spare = new Engine(this.settings);
    for (const text of this.#texts) spare.load(text);
    spare.settle();
    for (const { put, remove } of this.#changes) {
      for (const text of put) spare.put(encoder.encode(text));
      for (const r of remove) spare.remove(r.group ?? groupOf(r.kind), r.kind, r.namespace ?? "", r.name);
      spare.apply();
    }
    return spare;
  }

  /** The hostnames that a route asks for. The report has them only of routes with rows, so the objects are asked. */
  #hostsOf(kind: string, namespace: string, name: string): string[] {
    this.#hosts ??= this.#readHosts();
    return this.#hosts.get(`${kind}/${namespace}/${name}`) ?? [];
  }

  #readHosts(): Map<string, string[]> {
    const out = new Map<string, string[]>();
    const visit = (o: Thing | undefined): void => {
      if (!o || typeof o !== "object") return;
      for (const list of [o.items, o.objects]) if (Array.isArray(list)) list.forEach(visit);
      if (!o.kind || !ROUTE.test(o.kind) || !o.metadata?.name) return;
      const hosts = o.spec?.hostnames;
      if (Array.isArray(hosts)) out.set(`${o.kind}/${o.metadata.namespace ?? "default"}/${o.metadata.name}`, hosts.filter((h) => typeof h === "string"));
    };
    const read = (text: string): void => {
      try {
        visit(JSON.parse(text) as Thing);
      } catch {
        // Several documents in a row, or cut off: the resolver has said so already.
        for (const line of text.split("\n")) {
          try {
            visit(JSON.parse(line) as Thing);
          } catch {
            continue;
          }
        }
      }
    };
    for (const text of this.#texts) read(decoder.decode(text));
    for (const { put } of this.#changes) put.forEach(read);
    return out;
  }

  free(): void {
    this.#spare?.free();
    this.engine.free();
  }
}

const CORE = new Set(["Service", "Secret", "ConfigMap", "Namespace"]);
const groupOf = (kind: string) => (CORE.has(kind) ? "" : kind === "EndpointSlice" ? "discovery.k8s.io" : kind.startsWith("X") ? "gateway.networking.x-k8s.io" : "gateway.networking.k8s.io");

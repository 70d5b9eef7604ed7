//! A resolved snapshot on the page's side, and its rows: exposures, and routes that have none.

import type { Exposure } from "gatescope";
import { Columns, REACHES } from "gatescope/columns";
import type { Opened, Problem, Text } from "../worker/protocol";
import { safe, path } from "./text";
import { Table } from "./table";

/** Verdicts. The first four are the report's states; the others are of routes without rows. */
export const VERDICTS = ["exposed", "shadowed", "blocked", "unknown", "refused", "attached"] as const;
export type Verdict = (typeof VERDICTS)[number];
/** From bad to good, for sorting and for the worst of many. */
export const RANK = [5, 3, 0, 2, 1, 4];
export const SEVERITIES = ["", "error", "warning", "info"] as const;

export interface ObjectId {
  kind: string;
  namespace: string;
  name: string;
}
export const key = (o: ObjectId): string => `${o.kind}/${o.namespace}/${o.name}`;
export function parseKey(text: string): ObjectId {
  const [kind, namespace, ...name] = text.split("/");
  return { kind, namespace: namespace ?? "", name: name.join("/") };
}

/** Findings about one object. */
export interface Marks {
  worst: number;
  codes: Set<string>;
  at: number[];
}

export type Origin = { kind: "files"; texts: Text[] } | { kind: "exporter"; base: string } | { kind: "inlined" };

let serial = 0;

export class Source {
  readonly columns: Columns;
  readonly gateways: Table;
  readonly listeners: Table;
  readonly attachments: Table;
  readonly findings: Table;
  readonly problems: Problem[];
  /** Attachments without rows, by place. */
  readonly bare: Uint32Array;
  /** Bumped with every change: caches hang on it. */
  readonly version = ++serial;
  #marks?: Map<string, Marks>;
  #byId?: Map<string, number>;
  #gateway?: Map<string, number>;
  #drift?: Set<string>;

  constructor(
    readonly id: number,
    readonly name: string,
    readonly origin: Origin,
    readonly opened: Opened,
    /** The worker's name for it: an earlier state of a source that is followed is asked about as it is now. */
    readonly asks = id,
  ) {
    this.columns = new Columns(new Uint8Array(opened.rows));
    this.gateways = new Table(opened.gateways);
    this.listeners = new Table(opened.listeners);
    this.attachments = new Table(opened.attachments);
    this.findings = new Table(opened.findings);
    this.problems = opened.problems;
    const bare = this.attachments.col("bare") ?? [];
    this.bare = Uint32Array.from(Array.from(bare.keys()).filter((i) => bare[i] === 1));
  }

  /** Exposures and routes without. */
  get length(): number {
    return this.columns.length + this.bare.length;
  }
  /** The place of a row's attachment, where it is a route without rows. */
  bareAt(row: number): number {
    return row < this.columns.length ? -1 : this.bare[row - this.columns.length];
  }
  verdict(row: number): number {
    const a = this.bareAt(row);
    if (a < 0) return this.columns.state[row];
    return [4, 5, 3][this.attachments.num("accepted", a)];
  }
  id_(row: number): string {
    const a = this.bareAt(row);
    if (a < 0) return this.columns.id(row);
    const t = this.attachments;
    return `a-${["kind", "namespace", "name", "parentKind", "parentNamespace", "parentName", "section"].map((c) => t.text(c, a)).join("/")}/${t.num("port", a)}`;
  }
  /** The row of an id. */
  find(id: string): number {
    if (!this.#byId) {
      this.#byId = new Map();
      for (let i = 0; i < this.length; i++) this.#byId.set(this.id_(i), i);
    }
    return this.#byId.get(id) ?? -1;
  }
  exposure(row: number): Exposure | undefined {
    return row < this.columns.length ? this.columns.exposure(row) : undefined;
  }
  route(row: number): ObjectId {
    const a = this.bareAt(row);
    const c = this.columns;
    if (a >= 0) return { kind: this.attachments.text("kind", a), namespace: this.attachments.text("namespace", a), name: this.attachments.text("name", a) };
    const r = c.route[row];
    return { kind: c.text(c.routeKind[r]), namespace: c.text(c.routeNamespace[r]), name: c.text(c.routeName[r]) };
  }
  backend(row: number): (ObjectId & { group: string; port: number }) | undefined {
    const c = this.columns;
    const b = row < c.length ? c.backend[row] : 0;
    if (!b) return undefined;
    return { group: c.text(c.backendGroup[b]), kind: c.text(c.backendKind[b]), namespace: c.text(c.backendNamespace[b]), name: c.text(c.backendName[b]), port: c.backendPort[b] };
  }
  /** The Gateway; of a route without rows, its parent. */
  gateway(row: number): ObjectId {
    const a = this.bareAt(row);
    const c = this.columns;
    if (a >= 0) return { kind: this.attachments.text("parentKind", a), namespace: this.attachments.text("parentNamespace", a), name: this.attachments.text("parentName", a) };
    const l = c.listener[row];
    return { kind: "Gateway", namespace: c.text(c.listenerGatewayNamespace[l]), name: c.text(c.listenerGatewayName[l]) };
  }
  /** The row of a Gateway's table; -1 where it is not in the input. */
  gatewayAt(namespace: string, name: string): number {
    if (!this.#gateway) {
      this.#gateway = new Map();
      for (let i = 0; i < this.gateways.length; i++) this.#gateway.set(path(this.gateways.text("namespace", i), this.gateways.text("name", i)), i);
    }
    return this.#gateway.get(path(namespace, name)) ?? -1;
  }
  listenerName(row: number): string {
    const a = this.bareAt(row);
    return a >= 0 ? this.attachments.text("section", a) : this.columns.text(this.columns.listenerName[this.columns.listener[row]]);
  }
  hostname(row: number): string {
    const a = this.bareAt(row);
    return a >= 0 ? this.attachments.text("hosts", a).split("\n")[0] : this.columns.text(this.columns.hostname[row]);
  }
  reach(row: number): number {
    const a = this.bareAt(row);
    if (a < 0) return this.columns.listenerReach[this.columns.listener[row]];
    const g = this.gatewayAt(this.attachments.text("parentNamespace", a), this.attachments.text("parentName", a));
    return g < 0 ? 2 : this.gateways.num("reach", g);
  }
  addresses(row: number): string[] {
    const c = this.columns;
    if (row >= c.length) return [];
    return Array.from(c.list(c.listenerAddresses[c.listener[row]]), (s) => c.text(s));
  }
  /** Why it is not simply exposed. */
  why(row: number): string {
    const a = this.bareAt(row);
    const t = this.attachments;
    if (a >= 0) return [t.num("accepted", a) === 1 ? "attached, without rows" : t.text("cause", a) || t.text("reason", a), t.text("gate", a)].filter(Boolean).join(" · ");
    const c = this.columns;
    const out = Array.from(c.list(c.reasons[row]), (s) => c.text(s));
    if (c.cause[row]) out.push(c.text(c.cause[row]));
    if (c.ownedBy[row]) out.push(`listener ${c.text(c.ownedBy[row])} owns the host`);
    const winner = this.winner(row);
    if (winner >= 0) {
      const [mine, theirs] = [this.route(row), this.route(winner)];
      out.push(key(mine) === key(theirs) ? `by rule ${c.rule[winner]}` : `by ${path(theirs.namespace, theirs.name)}`);
    }
    return out.join(" · ");
  }
  /** The row that shadows this one. */
  winner(row: number): number {
    const c = this.columns;
    if (row >= c.length || !(c.shadowedByHigh[row] || c.shadowedByLow[row])) return -1;
    const hex = (n: number) => n.toString(16).padStart(8, "0");
    return this.find(`e-${hex(c.shadowedByHigh[row])}${hex(c.shadowedByLow[row])}`);
  }
  /** Findings by object. */
  marks(of: ObjectId): Marks | undefined {
    if (!this.#marks) {
      this.#marks = new Map();
      const f = this.findings;
      for (let i = 0; i < f.length; i++) {
        const k = `${f.text("kind", i)}/${f.text("namespace", i)}/${f.text("name", i)}`;
        const m = this.#marks.get(k) ?? { worst: 9, codes: new Set(), at: [] };
        m.worst = Math.min(m.worst, f.num("severity", i));
        m.codes.add(f.text("code", i));
        m.at.push(i);
        this.#marks.set(k, m);
      }
    }
    return this.#marks.get(key(of));
  }
  /** Routes whose reported status differs from what was computed. */
  drifts(route: ObjectId): boolean {
    if (!this.#drift) {
      this.#drift = new Set();
      const t = this.attachments;
      for (let i = 0; i < t.length; i++) if (t.num("drift", i)) this.#drift.add(`${t.text("kind", i)}/${t.text("namespace", i)}/${t.text("name", i)}`);
    }
    return this.#drift.has(key(route));
  }
  class_(row: number): string {
    const g = this.gateway(row);
    const at = this.gatewayAt(g.namespace, g.name);
    return at < 0 ? "" : this.gateways.text("class", at);
  }
}

const SCHEME: Record<string, string> = { HTTP: "http", HTTPS: "https", TLS: "tls", TCP: "tcp", UDP: "udp" };
export const scheme = (protocol: string): string => SCHEME[protocol] ?? protocol.toLowerCase();

/** A row's address as a client writes it, in parts. */
export interface Url {
  scheme: string;
  host: string;
  port: number;
  path: string;
  /** What a request needs beyond the URL. */
  needs: string[];
}

export function url(s: Source, row: number): Url {
  const a = s.bareAt(row);
  if (a >= 0) {
    const hosts = s.attachments.text("hosts", a).split("\n").filter(Boolean);
    return { scheme: "", host: hosts.length ? hosts.join(", ") : "any host", port: s.attachments.num("port", a), path: "", needs: [] };
  }
  const c = s.columns;
  const [l, m] = [c.listener[row], c.match[row]];
  const needs: string[] = [];
  const type = c.text(c.matchPathType[m]);
  let where = c.text(c.matchPathValue[m]);
  if (type === "RegularExpression") where = `~ ${where}`;
  if (c.matchGrpcType[m]) {
    const word = (id: number) => (id ? c.text(id) : "*");
    where = `${c.text(c.matchGrpcType[m]) === "RegularExpression" ? "~ " : "/"}${word(c.matchGrpcService[m])}/${word(c.matchGrpcMethod[m])}`;
  }
  if (type === "Exact") needs.push("exact");
  if (c.matchMethod[m]) needs.push(c.text(c.matchMethod[m]));
  const pairs = (id: number, mark: string, equal: string) => {
    const items = c.list(id);
    for (let i = 0; i < items.length; i += 3) {
      const sign = c.text(items[i]) === "RegularExpression" ? " ~ " : equal;
      needs.push(`${mark}${c.text(items[i + 1])}${sign}${c.text(items[i + 2])}`);
    }
  };
  pairs(c.matchHeaders[m], "", ": ");
  pairs(c.matchQuery[m], "?", "=");
  const protocol = c.text(c.listenerProtocol[l]);
  const tls = c.text(c.listenerTlsMode[l]) === "Passthrough" ? "tls" : scheme(protocol);
  return { scheme: tls, host: c.text(c.hostname[row]), port: c.listenerPort[l], path: where, needs };
}

export function urlText(u: Url): string {
  const head = u.scheme ? `${u.scheme}://` : "";
  const port = u.port && u.scheme ? `:${u.port}` : "";
  return safe(`${head}${u.host}${port}${u.path}`);
}

/** What happens to a request. */
export function target(s: Source, row: number): string {
  const c = s.columns;
  if (row >= c.length) return "";
  const b = s.backend(row);
  if (!b) return ["no backend", "redirect", "mirror", "answers an error", "nothing"][c.action[row]];
  const kind = b.kind === "Service" ? "" : `${b.kind} `;
  return `${c.action[row] === 2 ? "mirror " : ""}${kind}${path(b.namespace, b.name)}${b.port ? `:${b.port}` : ""}`;
}

export function weight(s: Source, row: number): number | undefined {
  const w = row < s.columns.length ? s.columns.weight[row] : -2147483648;
  return w === -2147483648 ? undefined : w;
}

export const reachName = (s: Source, row: number): string => REACHES[s.reach(row)];

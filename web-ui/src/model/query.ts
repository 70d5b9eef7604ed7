//! Expressions: `host:shop is:blocked -ns:infra cart`. Terms are joined by "and", values after a comma by "or".

import { SEVERITIES, VERDICTS, key, target, url, urlText, type Source } from "./source";
import { covers, path } from "./text";

export interface Term {
  not: boolean;
  field: string;
  values: string[];
}
export interface Query {
  terms: Term[];
  /** What is wrong with it, for the reader. */
  errors: string[];
}

/** Fields, with what they look at. */
export const FIELDS: Record<string, string> = {
  host: "hostname, or a wildcard that covers it",
  ns: "namespace of the route",
  route: "route, by namespace/name",
  gateway: "Gateway, by namespace/name",
  listener: "listener's name",
  class: "GatewayClass",
  backend: "backend, by namespace/name",
  path: "path of the match",
  method: "HTTP method of the match",
  port: "listener's port",
  kind: "route's kind",
  is: "exposed, blocked, shadowed, unknown, refused, drift, wildcard, contested, redirect, mirror",
  tls: "none, terminate, passthrough",
  reach: "external, internal, unknown",
  reason: "reason or cause",
  finding: "code (GS0102) or error, warning, info",
  change: "opened, closed, moved, reweighted, changed, same",
  cluster: "source, where there are several",
};
const IS = [...VERDICTS, "drift", "wildcard", "contested", "redirect", "mirror", "new"];
const CLOSED: Record<string, readonly string[]> = { is: IS, tls: ["none", "terminate", "passthrough"], reach: ["external", "internal", "unknown"] };

/** Reads an expression. Never fails: what is not understood is in `errors`, and matches nothing. */
export function parse(text: string): Query {
  const terms: Term[] = [];
  const errors: string[] = [];
  for (const m of text.matchAll(/(-?)(?:([a-z]+):)?((?:"[^"]*"|[^\s"])+|)(?=\s|$)/gi)) {
    const [whole, minus, name, rest] = m;
    if (!whole) continue;
    const value = rest.replaceAll('"', "");
    const field = name?.toLowerCase() ?? "";
    // `https://…` and `e-…:` are no fields.
    if (field && !(field in FIELDS)) {
      if (rest.startsWith("//")) {
        terms.push({ not: minus === "-", field: "", values: [`${name}:${value}`] });
        continue;
      }
      const near = Object.keys(FIELDS).find((f) => f.startsWith(field.slice(0, 2)));
      errors.push(`there is no field \`${field}\`${near ? `; did you mean \`${near}:\`?` : ""}`);
      continue;
    }
    if (!value) {
      if (field) errors.push(`\`${field}:\` wants a value: ${FIELDS[field]}`);
      continue;
    }
    const values = (field ? value.split(",") : [value]).filter(Boolean).map((v) => v.toLowerCase());
    const closed = CLOSED[field];
    const odd = closed && values.find((v) => !closed.includes(v));
    if (odd) errors.push(`\`${field}:\` knows no \`${odd}\`; it takes ${closed.join(", ")}`);
    else terms.push({ not: minus === "-", field, values });
  }
  return { terms, errors };
}

/** One term as text. */
export const write = (t: Term): string => {
  const value = t.values.join(",");
  return `${t.not ? "-" : ""}${t.field ? `${t.field}:` : ""}${/\s/.test(value) ? `"${value}"` : value}`;
};

const parts = (text: string): string[] => text.match(/(?:"[^"]*"|[^\s"])+/g) ?? [];
/** What a row can only be one of: a second one is an "or". */
const alternatives = (field: string, value: string) => (field === "is" ? VERDICTS.includes(value as "exposed") : ["tls", "reach", "change"].includes(field));

/** Whether an expression asks for a term, as a chip writes it. */
export function has(text: string, term: string): boolean {
  const [field, value] = term.split(":");
  return parts(text).some((p) => p === term || (p.startsWith(`${field}:`) && alternatives(field, value) && p.slice(field.length + 1).split(",").includes(value)));
}

/** The expression with a term added; the same term a second time takes it out. */
export function toggle(text: string, term: string): string {
  const [field, value] = term.split(":");
  const list = parts(text);
  const at = alternatives(field, value) ? list.findIndex((p) => p.startsWith(`${field}:`) && p.slice(field.length + 1).split(",").every((v) => alternatives(field, v))) : list.indexOf(term);
  if (at < 0) return [...list, term].join(" ");
  const values = list[at].slice(field.length + 1).split(",");
  const next = values.includes(value) ? values.filter((v) => v !== value) : [...values, value];
  list.splice(at, 1, ...(next.length ? [`${field}:${next.join(",")}`] : []));
  return list.join(" ");
}

function glob(pattern: string): (text: string) => boolean {
  if (!pattern.includes("*")) return (t) => t.includes(pattern);
  const re = new RegExp(`^${pattern.split("*").map((p) => p.replace(/[.+?^${}()|[\]\\]/g, "\\$&")).join(".*")}$`);
  return (t) => re.test(t);
}

/** More than the rows themselves say, from who holds all of them. */
export interface Context {
  change?: (source: Source, row: number) => string;
  contested: (source: Source, row: number) => boolean;
  fresh: (source: Source, row: number) => boolean;
}

type Test = (s: Source, row: number) => boolean;

/** Remembers an answer by a number of the source's own. */
function once(number: (s: Source, row: number) => number, answer: Test): Test {
  const known = new Map<Source, Int8Array>();
  return (s, row) => {
    let seen = known.get(s);
    if (!seen) known.set(s, (seen = new Int8Array(Math.max(s.columns.stringOffsets.length, s.columns.length) + 1)));
    if (row >= s.columns.length) return answer(s, row);
    const n = number(s, row);
    if (!seen[n]) seen[n] = answer(s, row) ? 1 : 2;
    return seen[n] === 1;
  };
}

const low = (t: string) => t.toLowerCase();

function test(field: string, value: string, cx: Context): Test {
  const match = glob(value);
  const named = (o: { namespace: string; name: string }) => match(low(path(o.namespace, o.name)));
  switch (field) {
    case "host":
      return once((s, r) => s.columns.hostname[r], (s, r) => {
        // A port without hostnames answers for no host in particular.
        if (r < s.columns.length && value !== "*" && /^(TCP|UDP)$/.test(s.columns.text(s.columns.listenerProtocol[s.columns.listener[r]]))) return false;
        const hosts = r < s.columns.length ? [s.hostname(r)] : s.attachments.text("hosts", s.bareAt(r)).split("\n");
        return hosts.some((h) => (value.includes(".") && !value.includes("*") && covers(low(h), value)) || match(low(h)) || h === value);
      });
    case "ns":
      return once((s, r) => s.columns.route[r], (s, r) => (value.includes("*") ? match(low(s.route(r).namespace)) : low(s.route(r).namespace) === value));
    case "route":
      return once((s, r) => s.columns.route[r], (s, r) => named(s.route(r)));
    case "kind":
      return once((s, r) => s.columns.route[r], (s, r) => match(low(s.route(r).kind)));
    case "gateway":
      return once((s, r) => s.columns.listener[r], (s, r) => named(s.gateway(r)));
    case "class":
      return once((s, r) => s.columns.listener[r], (s, r) => match(low(s.class_(r))));
    case "listener":
      return once((s, r) => s.columns.listener[r], (s, r) => match(low(s.listenerName(r))));
    case "port":
      return (s, r) => String(url(s, r).port) === value;
    case "backend":
      return once((s, r) => s.columns.backend[r], (s, r) => match(low(target(s, r))));
    case "path":
      return once((s, r) => s.columns.match[r], (s, r) => match(low(url(s, r).path)));
    case "method":
      return (s, r) => url(s, r).needs.some((n) => low(n) === value);
    case "reason":
      return (s, r) => match(low(s.why(r)));
    case "tls":
      return once((s, r) => s.columns.listener[r], (s, r) => {
        if (r >= s.columns.length) return false;
        const mode = low(s.columns.text(s.columns.listenerTlsMode[s.columns.listener[r]]));
        const secure = /^(HTTPS|TLS)$/.test(s.columns.text(s.columns.listenerProtocol[s.columns.listener[r]]));
        return value === "none" ? !mode && !secure : value === (mode || (secure ? "terminate" : ""));
      });
    case "reach":
      return once((s, r) => s.columns.listener[r], (s, r) => ["external", "internal", "unknown"][s.reach(r)] === value);
    case "finding": {
      const severity = SEVERITIES.indexOf(value as "error");
      return (s, r) => {
        const backend = s.backend(r);
        return [s.route(r), s.gateway(r), ...(backend ? [backend] : [])].some((o) => {
          const m = s.marks(o);
          return m && (severity > 0 ? m.at.some((i) => s.findings.num("severity", i) === severity) : m.codes.has(value.toUpperCase()));
        });
      };
    }
    case "cluster":
      return (s) => match(low(s.name));
    case "change":
      return (s, r) => (cx.change?.(s, r) ?? "") === value;
    case "is":
      switch (value) {
        case "drift":
          return once((s, r) => s.columns.route[r], (s, r) => s.drifts(s.route(r)));
        case "wildcard":
          return (s, r) => s.hostname(r).startsWith("*");
        case "contested":
          return cx.contested;
        case "new":
          return cx.fresh;
        case "redirect":
          return (s, r) => r < s.columns.length && s.columns.action[r] === 1;
        case "mirror":
          return (s, r) => r < s.columns.length && s.columns.action[r] === 2;
        default:
          return (s, r) => VERDICTS[s.verdict(r)] === value;
      }
    default: {
      const byUrl = once((s, r) => s.columns.match[r], (s, r) => match(low(url(s, r).path)));
      const rest = [test("host", value, cx), test("route", value, cx), test("backend", value, cx), test("gateway", value, cx), byUrl];
      return (s, r) => {
        if (value.includes("://")) return low(urlText(url(s, r))).includes(value);
        return rest.some((t) => t(s, r)) || s.id_(r) === value || low(s.why(r)).includes(value) || key(s.route(r)).toLowerCase() === value;
      };
    }
  }
}

/** A predicate over rows. */
export function compile(q: Query, cx: Context): Test {
  const all = q.terms.map((t): Test => {
    const any = t.values.map((v) => test(t.field, v, cx));
    return t.not ? (s, r) => !any.some((f) => f(s, r)) : any.length === 1 ? any[0] : (s, r) => any.some((f) => f(s, r));
  });
  return (s, r) => all.every((f) => f(s, r));
}

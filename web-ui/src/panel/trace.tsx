//! Which route serves this URL? The resolver answers for every Gateway that would, the most specific first.

import { useState } from "preact/hooks";
import type { Answer, Request } from "gatescope";
import type { Source } from "../model/source";
import * as store from "../model/store";
import { path, safe } from "../model/text";
import { Icon } from "../ui/icons";
import { ObjectLink, Section } from "../ui/parts";
import { useAnswer } from "../ui/answer";
import { ask } from "../worker/client";
import { Contenders } from "./precedence";

export interface Asked {
  url: string;
  method: string;
  headers: string;
}

/** `GET https://… | name: value | …`, as it stands in a selection. */
export const writeAsked = (a: Asked): string => [`${a.method} ${a.url}`, ...a.headers.split("\n").filter((h) => h.trim())].join(" | ");
export function readAsked(text: string): Asked {
  const [head, ...headers] = text.split(" | ");
  const m = /^([A-Z]+) (.*)$/.exec(head);
  return { method: m?.[1] ?? "GET", url: m?.[2] ?? head, headers: headers.join("\n") };
}

/** What was typed, as a request; or what is wrong with it. */
export function toRequest(a: Asked): { request?: Request; error?: string } {
  let text = a.url.trim();
  if (!text) return { error: "type a URL" };
  if (!/^[a-z]+:\/\//i.test(text)) text = `https://${text}`;
  const m = /^([a-z]+):\/\/([^/?#]*)([^?#]*)(?:\?([^#]*))?/i.exec(text);
  const scheme = m?.[1].toLowerCase() ?? "";
  if (!m || !["http", "https", "tls", "tcp", "udp"].includes(scheme)) return { error: "a URL begins with http, https, tls, tcp or udp" };
  const at = /^(.*?)(?::(\d+))?$/.exec(m[2]);
  const port = at?.[2] ? Number(at[2]) : scheme === "http" ? 80 : scheme === "https" ? 443 : undefined;
  if (port !== undefined && (port < 1 || port > 65535)) return { error: "there is no such port" };
  const headers: Record<string, string> = {};
  for (const line of a.headers.split("\n").filter((l) => l.trim())) {
    const colon = line.indexOf(":");
    if (colon < 1) return { error: `a header is written \`name: value\`, not \`${line}\`` };
    headers[line.slice(0, colon).trim().toLowerCase()] = line.slice(colon + 1).trim();
  }
  const request: Request = { gateway: { namespace: "", name: "" }, scheme, path: m[3] || "/", method: a.method, headers };
  if (at?.[1]) request.host = at[1].toLowerCase();
  if (port !== undefined) request.port = port;
  if (m[4]) request.query = m[4];
  return { request };
}

export function openTrace(url: string): void {
  const s = store.difference.value?.after ?? store.sources.value[0];
  if (s && url.trim()) store.selection.value = `trace:${s.id}:${writeAsked({ url: url.trim(), method: "GET", headers: "" })}`;
}

export function TracePanel({ s, text }: { s: Source; text: string }) {
  const asked = readAsked(text);
  const [draft, set] = useState(asked);
  const { request, error: wrong } = toRequest(asked);
  const { value, error } = useAnswer(() => (request ? ask("trace", { source: s.asks, request, everywhere: true }) : Promise.resolve([])), [s, text]);
  const go = (e: Event) => {
    e.preventDefault();
    store.selection.value = `trace:${s.id}:${writeAsked(draft)}`;
  };
  return (
    <>
      <header>
        <p class="over">Which route serves this URL?</p>
        <h2>
          <bdi>{safe(asked.url)}</bdi>
        </h2>
      </header>
      <form onSubmit={go} class="trace-form">
        <label>
          Method
          <select value={draft.method} onChange={(e) => set({ ...draft, method: e.currentTarget.value })}>
            {["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"].map((m) => (
              <option key={m}>{m}</option>
            ))}
          </select>
        </label>
        <label class="wide">
          URL
          <input value={draft.url} onInput={(e) => set({ ...draft, url: e.currentTarget.value })} spellcheck={false} />
        </label>
        <label class="wide">
          Headers, one a line
          <textarea rows={2} value={draft.headers} placeholder="x-canary: 1" onInput={(e) => set({ ...draft, headers: e.currentTarget.value })} spellcheck={false} />
        </label>
        <button class="button">Ask</button>
      </form>
      <div aria-live="polite">
        {(wrong || error) && <p class="v-blocked">{safe(wrong ?? error ?? "")}</p>}
        {value?.length === 0 && !wrong && <p>No Gateway has a listener that would take it.</p>}
        {value?.map((a, i) => <AnswerView key={i} s={s} answer={a} />)}
      </div>
    </>
  );
}

const OUTCOME: Record<Answer["outcome"], { icon: string; tone: string; word: string }> = {
  forward: { icon: "exposed", tone: "v-exposed", word: "is forwarded" },
  redirect: { icon: "route", tone: "v-exposed", word: "is redirected" },
  error: { icon: "blocked", tone: "v-blocked", word: "gets an error" },
  "no-match": { icon: "refused", tone: "v-blocked", word: "matches no route" },
  "no-listener": { icon: "refused", tone: "v-blocked", word: "meets no listener" },
  unknown: { icon: "unknown", tone: "v-unknown", word: "cannot be told" },
};

function AnswerView({ s, answer: a }: { s: Source; answer: Answer }) {
  const o = OUTCOME[a.outcome];
  const total = a.backends.reduce((n, b) => n + b.weight, 0);
  return (
    <Section title={a.gateway ? `At ${path(a.gateway.namespace, a.gateway.name)}` : "Answer"} note={a.listener ? `listener ${safe(a.listener.name)} :${a.listener.port}` : ""}>
      <p class={`outcome ${o.tone}`}>
        <Icon name={o.icon} /> The request {o.word}
        {a.status ? ` ${a.status}` : ""}
        {a.cause ? `: ${safe(a.cause)}` : ""}
      </p>
      <ul class="plain-rows">
        {a.backends.map((b) => (
          <li key={b.kind + b.namespace + b.name + b.port}>
            → <ObjectLink s={s} of={b} />
            {b.port && <span class="num">:{b.port}</span>}
            {a.backends.length > 1 && <span class="dim"> {Math.round((b.weight / total) * (1 - (a.errorShare ?? 0)) * 100)} %</span>}
          </li>
        ))}
        {a.errorShare ? <li class="v-blocked">→ error for {Math.round(a.errorShare * 100)} % of requests</li> : null}
      </ul>
      <Contenders s={s} answer={a} />
    </Section>
  );
}

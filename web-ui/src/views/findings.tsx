//! All findings, the worst first, by code.

import { SEVERITIES, type Source } from "../model/source";
import { useState } from "preact/hooks";
import { Code, FindingItem, Meaning, SeverityIcon } from "../panel/findings";
import { runtime } from "../model/health";
import * as store from "../model/store";
import { Message, ObjectLink } from "../ui/parts";

const STEP = 100;

interface Listed {
  s: Source;
  at: number;
  severity: number;
  code: string;
}

/** Neighbours of one code and severity, together. */
function byCode(list: Listed[]): { code: string; severity: number; items: Listed[] }[] {
  const out: { code: string; severity: number; items: Listed[] }[] = [];
  for (const f of list) {
    const last = out[out.length - 1];
    if (last?.code === f.code && last.severity === f.severity) last.items.push(f);
    else out.push({ code: f.code, severity: f.severity, items: [f] });
  }
  return out;
}

/** Findings that need a clock, traffic or the sources: the exporter has them, and no resolver. */
function OfTheExporter() {
  const list = runtime.value?.findings ?? [];
  const s = store.current.value[0];
  if (!list.length || !s) return null;
  return (
    <div class="findings">
      <section class="code">
        <h2>
          From the exporter <span class="num dim">{list.length}</span>
        </h2>
        <ul>
          {list.slice(0, STEP).map((f) => (
            <li key={f.code + f.message + f.subject.name} class="finding">
              <SeverityIcon severity={SEVERITIES.indexOf(f.severity)} />
              <div>
                <code>{f.code}</code> <ObjectLink s={s} of={{ namespace: "", ...f.subject }} />
                <p>
                  <Message text={f.message} />
                </p>
                {f.hint && (
                  <p class="hint">
                    → <Message text={f.hint} />
                  </p>
                )}
              </div>
            </li>
          ))}
        </ul>
      </section>
    </div>
  );
}

export function FindingsView() {
  const [limit, more] = useState(STEP);
  const [severity, only] = useState(0);
  const narrowed = store.parsed.value.terms.length > 0;
  const list: Listed[] = [];
  // Of a narrowed list: what is about an object that takes part in it.
  const about = new Set<string>();
  if (narrowed) {
    for (const { s, row } of store.kept.value) for (const o of [s.route(row), s.gateway(row), s.backend(row)]) if (o) about.add(`${s.id}:${o.kind}/${o.namespace}/${o.name}`);
  }
  let hidden = 0;
  const counts = [0, 0, 0, 0];
  for (const s of store.current.value) {
    const f = s.findings;
    for (let at = 0; at < f.length; at++) {
      const sev = f.num("severity", at);
      if (narrowed && !about.has(`${s.id}:${f.text("kind", at)}/${f.text("namespace", at)}/${f.text("name", at)}`)) {
        hidden++;
        continue;
      }
      counts[sev]++;
      if (severity && sev !== severity) continue;
      list.push({ s, at, severity: sev, code: f.text("code", at) });
    }
  }
  list.sort((a, b) => a.severity - b.severity || (a.code < b.code ? -1 : a.code > b.code ? 1 : a.at - b.at));
  return (
    <div class="findings-view">
      <div class="bar" role="group" aria-label="Severity">
        {[1, 2, 3].map((n) => (
          <button key={n} class="toggle" aria-pressed={severity === n} onClick={() => only(severity === n ? 0 : n)}>
            <SeverityIcon severity={n} /> {SEVERITIES[n]} <span class="num">{counts[n]}</span>
          </button>
        ))}
        <span class="dim">
          {Math.min(limit, list.length)} of {list.length} shown
          {hidden > 0 && `; ${hidden} about other objects than the search finds`}
        </span>
      </div>
      <div class="findings" tabIndex={0} role="region" aria-label="Findings">
        {byCode(list.slice(0, limit)).map(({ code, severity: sev, items }) => (
          <section key={code + sev} class="code">
            <h2>
              <SeverityIcon severity={sev} />
              <span class="sr">{SEVERITIES[sev]} </span>
              <Code code={code} />
              <span class="num dim">{list.filter((f) => f.code === code && f.severity === sev).length}</span>
            </h2>
            <Meaning code={code} />
            <ul>
              {items.map(({ s, at }) => (
                <FindingItem key={`${s.id}:${at}`} s={s} at={at} code={false} />
              ))}
            </ul>
          </section>
        ))}
      </div>
      {!severity && !narrowed && <OfTheExporter />}
      {list.length > limit && (
        <button class="button" onClick={() => more(limit + STEP)}>
          Show {Math.min(STEP, list.length - limit)} more
        </button>
      )}
      {!list.length && <p class="nothing">No finding{narrowed ? " about what the search finds" : ""}.</p>}
    </div>
  );
}

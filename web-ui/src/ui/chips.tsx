//! Questions that are asked often, as chips that write expressions; and the counts of the verdicts.

import { has, toggle } from "../model/query";
import { VERDICTS } from "../model/source";
import * as store from "../model/store";
import { Icon } from "./icons";

const PRESETS: { term: string; label: string; title: string }[] = [
  { term: "reach:external", label: "external", title: "Gateways with an external address" },
  { term: "tls:none", label: "plain HTTP", title: "Listeners without TLS" },
  { term: "is:contested", label: "contested", title: "Hosts that routes of several namespaces answer for" },
  { term: "is:wildcard", label: "wildcards", title: "Hostnames with a wildcard" },
  { term: "is:drift", label: "drift", title: "Reported status differs from what was computed" },
  { term: "finding:error", label: "errors", title: "Rows whose route, gateway or backend has an error" },
];

function Chip({ term, title, children }: { term: string; title: string; children: preact.ComponentChildren }) {
  const on = has(store.query.value, term);
  return (
    <button class="chip" aria-pressed={on} title={`${title}: ${term}`} onClick={() => (store.query.value = toggle(store.query.value, term))}>
      {children}
    </button>
  );
}

export function Chips() {
  const diff = store.difference.value;
  return (
    <div class="chips" role="group" aria-label="Filters">
      {VERDICTS.map((name, v) =>
        store.totals.value[v] ? (
          <Chip key={name} term={`is:${name}`} title={`Only ${name} rows`}>
            <span class={`v-${name}`}>
              <Icon name={name} />
            </span>
            <span class="num">{store.totals.value[v]}</span> {name}
          </Chip>
        ) : null,
      )}
      <span class="rule" />
      {diff
        ? (["opened", "closed", "moved", "reweighted", "uncertain"] as const).map((c) => (
            <Chip key={c} term={`change:${c}`} title={`Ways in that ${c === "uncertain" ? "are known on one side only" : c}`}>
              <span class="num">{diff.counts[c]}</span> {c}
            </Chip>
          ))
        : PRESETS.map((p) => (
            <Chip key={p.term} term={p.term} title={p.title}>
              {p.label}
            </Chip>
          ))}
    </div>
  );
}

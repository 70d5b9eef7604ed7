//! The gates of an attachment, one by one, up to the first that failed; and what the controller reported.

import type { Attachment, Gate } from "gatescope";
import type { Source } from "../model/source";
import { count, safe } from "../model/text";
import { Icon } from "../ui/icons";
import { ObjectLink } from "../ui/parts";

const QUESTION: Record<string, string> = {
  parent: "Is the parent there, and accepted?",
  "allowed-listeners": "May the ListenerSet add listeners?",
  section: "Is it the listener that is named?",
  port: "Is it the port that is named?",
  protocol: "Does the protocol take this kind?",
  kind: "Is the kind allowed?",
  namespace: "Is the namespace allowed?",
  hostname: "Do the hostnames meet?",
};
/** Where to look when a gate fails: in the route, or in the listener. */
const FIELD: Record<string, (ref: number, listener: string) => string> = {
  parent: (r) => `spec.parentRefs[${r}]`,
  "allowed-listeners": () => "Gateway: spec.allowedListeners",
  section: (r) => `spec.parentRefs[${r}].sectionName`,
  port: (r) => `spec.parentRefs[${r}].port`,
  protocol: (_, l) => `listener ${l}: protocol`,
  kind: (_, l) => `listener ${l}: allowedRoutes.kinds`,
  namespace: (_, l) => `listener ${l}: allowedRoutes.namespaces`,
  hostname: () => "spec.hostnames",
};

function GateLine({ gate, index, first }: { gate: Gate; index: number; first: boolean }) {
  const state = gate.passed === undefined ? "unknown" : gate.passed ? "pass" : "blocked";
  return (
    <li class={`gate ${state} ${first ? "first" : ""}`}>
      <Icon name={state} />
      <span class="sr">{state === "pass" ? "passed" : state === "blocked" ? "failed" : "unknown"}: </span>
      <div>
        <span>{QUESTION[gate.gate] ?? gate.gate}</span>
        {state !== "pass" && (
          <dl class="facts">
            <dt>wanted</dt>
            <dd>{safe(gate.wanted) || "—"}</dd>
            <dt>found</dt>
            <dd>{safe(gate.found) || "—"}</dd>
            <dt>look at</dt>
            <dd>
              <code>{safe((FIELD[gate.gate] ?? (() => gate.gate))(index, gate.listener))}</code>
            </dd>
          </dl>
        )}
      </div>
    </li>
  );
}

function ListenerGates({ name, gates, index, open }: { name: string; gates: Gate[]; index: number; open: boolean }) {
  const failed = gates.find((g) => g.passed === false);
  return (
    <details open={open}>
      <summary>
        listener <b>{safe(name)}</b>{" "}
        {failed ? <span class="v-blocked">fails at {failed.gate}</span> : gates.some((g) => g.passed === undefined) ? <span class="v-unknown">unknown</span> : <span class="v-exposed">takes it</span>}
      </summary>
      <ol>
        {gates.map((g) => (
          <GateLine key={g.gate} gate={g} index={index} first={g === failed} />
        ))}
      </ol>
    </details>
  );
}

export function Gates({ s, attachment: a, index }: { s: Source; attachment: Attachment; index: number }) {
  const byListener = new Map<string, Gate[]>();
  for (const g of a.gates) byListener.set(g.listener, [...(byListener.get(g.listener) ?? []), g]);
  const own = byListener.get("") ?? [];
  byListener.delete("");
  // The listener that came furthest first; the rest is one line each.
  const depth = (gates: Gate[]) => gates.filter((g) => g.passed).length;
  const list = [...byListener].sort(([x, a_], [y, b]) => Number(a.listeners.includes(y)) - Number(a.listeners.includes(x)) || depth(b) - depth(a_));
  const p = a.parentRef;
  // Of an attached route, the listeners that it passed by are no news.
  const taken = ([name]: [string, Gate[]]) => a.accepted !== "True" || a.listeners.includes(name);
  const rest = list.filter((l) => !taken(l));
  return (
    <div class="gates">
      <p class="to">
        <Icon name={a.accepted === "True" ? "pass" : a.accepted === "False" ? "blocked" : "unknown"} class={a.accepted === "True" ? "v-exposed" : a.accepted === "False" ? "v-blocked" : "v-unknown"} />
        <ObjectLink s={s} of={p} />
        {p.sectionName && <span class="dim">section {safe(p.sectionName)}</span>}
        {p.port !== undefined && <span class="dim">port {p.port}</span>}
        <span class="dim">{safe(a.cause ?? a.reason)}</span>
      </p>
      {own.length > 0 && (
        <ol>
          {own.map((g) => (
            <GateLine key={g.gate} gate={g} index={index} first={g.passed === false} />
          ))}
        </ol>
      )}
      {list.filter(taken).map(([name, gates], i) => (
        <ListenerGates key={name} name={name} gates={gates} index={index} open={i === 0} />
      ))}
      {rest.length > 0 && (
        <details>
          <summary>{count(rest.length, "other listener")}: not meant, or not for it</summary>
          {rest.map(([name, gates]) => (
            <ListenerGates key={name} name={name} gates={gates} index={index} open={false} />
          ))}
        </details>
      )}
      <Reported a={a} />
    </div>
  );
}

function Reported({ a }: { a: Attachment }) {
  const r = a.reported;
  const same = (x: string, y: string | undefined) => y === undefined || x === y;
  return (
    <table class="compare">
      <thead>
        <tr>
          <th scope="col">Condition</th>
          <th scope="col">computed</th>
          <th scope="col">reported</th>
        </tr>
      </thead>
      <tbody>
        {(
          [
            ["Accepted", a.accepted, r?.accepted, a.reason],
            ["ResolvedRefs", a.resolvedRefs, r?.resolvedRefs, a.resolvedRefsReason],
          ] as const
        ).map(([name, mine, theirs, reason]) => (
          <tr key={name} class={same(mine, theirs) ? "" : "differs"}>
            <th scope="row">{name}</th>
            <td>
              <b class={mine === "True" ? "v-exposed" : mine === "False" ? "v-blocked" : "v-unknown"}>{mine}</b> <span class="dim">{safe(reason === name ? "" : reason)}</span>
            </td>
            <td>{theirs ?? <span class="dim">nothing</span>}</td>
          </tr>
        ))}
      </tbody>
      {(r || a.drift) && (
        <caption>
          {a.drift && <b class="v-blocked">Drift: computed and reported differ. </b>}
          {r && `reported by ${safe(r.controller)}, ${r.current ? "current" : "stale: of an older generation"}`}
        </caption>
      )}
    </table>
  );
}

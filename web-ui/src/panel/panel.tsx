//! The side panel: whatever is selected, down to its YAML path.

import type { Attachment } from "gatescope";
import { useEffect, useRef } from "preact/hooks";
import { key, parseKey, reachName, target, url, VERDICTS, weight, type ObjectId, type Source } from "../model/source";
import * as store from "../model/store";
import { count, path, safe } from "../model/text";
import { Icon, VerdictMark } from "../ui/icons";
import { Copyable, ObjectLink, Section, UrlText } from "../ui/parts";
import { useAnswer } from "../ui/answer";
import { ask } from "../worker/client";
import { FindingsOf } from "./findings";
import { Gates } from "./gates";
import { Impact } from "./impact";
import { HostPanel, Precedence } from "./precedence";
import { TracePanel } from "./trace";

const PLURAL: Record<string, string> = { Service: "service", Secret: "secret", ConfigMap: "configmap", GatewayClass: "gatewayclass" };
const kubectl = (o: ObjectId): string => `kubectl get ${PLURAL[o.kind] ?? o.kind.toLowerCase()} ${o.name}${o.namespace ? ` -n ${o.namespace}` : ""} -o yaml`;

export function Panel() {
  const sel = store.readSelection(store.selection.value);
  const ref = useRef<HTMLElement>(null);
  useEffect(() => {
    ref.current?.scrollTo(0, 0);
  }, [store.selection.value]);
  if (!sel) return null;
  const body = () => {
    switch (sel.kind) {
      case "row":
        return <RowPanel s={sel.s} id={sel.rest} />;
      case "obj":
        return <ObjectPanel s={sel.s} of={parseKey(sel.rest)} />;
      case "host":
        return <HostPanel s={sel.s} rest={sel.rest} />;
      case "listener":
        return <ListenerPanel s={sel.s} rest={sel.rest} />;
      case "trace":
        return <TracePanel s={sel.s} text={sel.rest} />;
      default:
        return <p class="dim">A group: unfold it to see what is in it.</p>;
    }
  };
  return (
    <aside class="panel" aria-label="Details" ref={ref} tabIndex={-1}>
      <button class="icon-button close" aria-label="Close details" title="Close (Escape)" onClick={() => (store.selection.value = "")}>
        <Icon name="close" />
      </button>
      <div key={store.selection.value}>{body()}</div>
    </aside>
  );
}

function Objects({ list }: { list: { of: ObjectId; field?: string }[] }) {
  return (
    <Section title="In the cluster">
      {list.map(({ of, field }) => (
        <div key={key(of) + field} class="object">
          {field && (
            <p>
              <span class="dim">{safe(of.kind)}</span> <code>{safe(field)}</code>
            </p>
          )}
          <Copyable text={kubectl(of)} label="the kubectl command" />
        </div>
      ))}
    </Section>
  );
}

/** Where an attachment's parentRef stands in its route; the report has them in its own order. */
const placeOf = (list: Attachment[], a: Attachment) => list.indexOf(a);

function RowPanel({ s, id }: { s: Source; id: string }) {
  const row = s.find(id);
  const route = row >= 0 ? s.route(row) : undefined;
  const { value: explained, error } = useAnswer(() => (route ? ask("explain", { source: s.asks, ...route }) : Promise.resolve(null)), [s, id]);
  if (row < 0 || !route) return <p class="dim">This row is no more.</p>;
  const v = s.verdict(row);
  const e = s.exposure(row);
  const gateway = s.gateway(row);
  const backend = s.backend(row);
  const winner = s.winner(row);
  const bare = s.bareAt(row);
  const mine = (a: Attachment) => a.parentRef.name === gateway.name || (e && a.listeners.includes(e.listener.name) && a.parentRef.name === e.listener.owner.name);
  const attachments = explained?.attachments ?? [];
  const other = store.difference.value?.other(s, row);
  const change = store.difference.value?.of(s, row);
  const w = weight(s, row);
  // Backends of one match stand in the order of the rule; the same in the report.
  const siblings = e ? same(s, row) : [];
  // A route that is attached is not stopped by a gate: what is wrong with it stands first.
  const findings = <FindingsOf s={s} objects={[route, ...(backend ? [backend] : []), gateway]} />;
  return (
    <>
      <header>
        <p class="over">
          <VerdictMark verdict={v} />
          {change && change !== "same" && <span class={`change ch-${change}`}>{change}</span>}
        </p>
        <h2>
          <UrlText of={url(s, row)} />
        </h2>
        {s.why(row) && winner < 0 && <p class={`reason v-${VERDICTS[v]}`}>{safe(s.why(row))}</p>}
        {winner >= 0 && (
          <p>
            Shadowed by{" "}
            <button class="link" onClick={() => (store.selection.value = store.rowSelection(s, winner))}>
              {safe(path(s.route(winner).namespace, s.route(winner).name))} rule {s.columns.rule[winner]} → {safe(target(s, winner))}
            </button>
          </p>
        )}
      </header>
      {other && change !== "same" && (
        <Section title={other.s === store.difference.value?.before ? "Before" : "After"}>
          <ul class="plain-rows">
            {other.rows.map((r) => (
              <li key={r}>
                <VerdictMark verdict={other.s.verdict(r)} /> {safe(path(other.s.route(r).namespace, other.s.route(r).name))} → {safe(target(other.s, r))}
                {weight(other.s, r) !== undefined && <span class="dim"> ×{weight(other.s, r)}</span>}
              </li>
            ))}
          </ul>
        </Section>
      )}
      <Section title="The way">
        <dl class="facts way">
          {e && (
            <>
              <dt>address</dt>
              <dd class="num">
                {safe(s.addresses(row).join(", ")) || "none"} <span class={`reach-${reachName(s, row)}`}>{reachName(s, row)}</span>
              </dd>
            </>
          )}
          <dt>{gateway.kind === "Gateway" ? "gateway" : "parent"}</dt>
          <dd>
            <ObjectLink s={s} of={gateway} kind={gateway.kind !== "Gateway"} />
          </dd>
          {e && (
            <>
              <dt>listener</dt>
              <dd>
                <button class="link" onClick={() => (store.selection.value = `listener:${s.id}:${e.listener.owner.kind}/${e.listener.owner.namespace ?? ""}/${e.listener.owner.name}/${e.listener.name}`)}>
                  {safe(e.listener.name) || "unnamed"}
                </button>{" "}
                <span class="dim">
                  {safe(e.listener.protocol)} {e.listener.port}
                  {e.listener.tlsMode ? `, TLS ${safe(e.listener.tlsMode.toLowerCase())}` : /^(HTTPS|TLS)$/.test(e.listener.protocol) ? "" : ", no TLS"}
                </span>
              </dd>
              <dt>hostname</dt>
              <dd>
                <button class="link" onClick={() => (store.selection.value = store.hostSelection(s, `${gateway.namespace}/${gateway.name}`, e.listener.port, e.hostname))}>
                  <bdi>{e.hostname === "*" ? "every host" : safe(e.hostname)}</bdi>
                </button>
                {e.except && <span class="dim"> but for {safe(e.except.join(", "))}</span>}
              </dd>
            </>
          )}
          {bare >= 0 && (
            <>
              <dt>hostnames</dt>
              <dd>{safe(s.attachments.text("hosts", bare).split("\n").join(", ")) || "none: any host"}</dd>
            </>
          )}
          <dt>route</dt>
          <dd>
            <ObjectLink s={s} of={route} />
            {s.drifts(route) && <b class="v-blocked"> drift</b>}
          </dd>
          {e && (
            <>
              <dt>rule</dt>
              <dd>
                {e.ruleName ? `${safe(e.ruleName)} (${e.rule})` : e.rule}, match {e.match}
              </dd>
              <dt>backend</dt>
              <dd>
                {backend ? <ObjectLink s={s} of={backend} /> : safe(target(s, row))}
                {backend?.port ? <span class="num">:{backend.port}</span> : null}
                {w !== undefined && <span class="dim"> weight {w}</span>}
              </dd>
            </>
          )}
        </dl>
      </Section>
      {bare < 0 && findings}
      <Section title="Gates" note={bare >= 0 ? "why it is not attached" : "how the route got here"}>
        {error && <p class="v-blocked">{safe(error)}</p>}
        {attachments.filter(mine).map((a) => (
          <Gates key={JSON.stringify(a.parentRef)} s={s} attachment={a} index={placeOf(attachments, a)} />
        ))}
      </Section>
      {e && <Precedence s={s} exposure={e} />}
      {bare >= 0 && findings}
      <Objects
        list={[
          { of: route, field: e ? `spec.rules[${e.rule}]${siblings.length > 1 ? `.backendRefs[${siblings.indexOf(row)}]` : ""}` : "spec.parentRefs" },
          { of: gateway, field: e ? `spec.listeners[name=${e.listener.name}]` : undefined },
          ...(backend ? [{ of: backend }] : []),
        ]}
      />
      <Impact s={s} of={route} />
      {backend && <Impact s={s} of={backend} />}
    </>
  );
}

/** Rows of one match through one listener, in the order of the rule's backendRefs. */
function same(s: Source, row: number): number[] {
  const c = s.columns;
  const alike = (i: number) =>
    c.route[i] === c.route[row] && c.rule[i] === c.rule[row] && c.matchIndex[i] === c.matchIndex[row] && c.listener[i] === c.listener[row] && c.hostname[i] === c.hostname[row] && c.action[i] === c.action[row];
  const out: number[] = [];
  let i = row;
  while (i > 0 && alike(i - 1)) i--;
  for (; i < c.length && alike(i); i++) out.push(i);
  return out;
}

const ROUTES = /Route$/;

function ObjectPanel({ s, of }: { s: Source; of: ObjectId }) {
  const { value: e, error } = useAnswer(() => ask("explain", { source: s.asks, kind: of.kind, namespace: of.namespace || undefined, name: of.name }), [s, key(of)]);
  const rows: number[] = [];
  for (let i = 0; i < s.length; i++) {
    const backend = s.backend(i);
    if ([s.route(i), s.gateway(i), ...(backend ? [backend] : [])].some((o) => o.kind === of.kind && o.namespace === of.namespace && o.name === of.name) || (of.kind === "GatewayClass" && s.class_(i) === of.name)) rows.push(i);
  }
  const g = of.kind === "Gateway" ? s.gatewayAt(of.namespace, of.name) : -1;
  const field = of.kind === "Gateway" ? "gateway" : of.kind === "GatewayClass" ? "class" : ROUTES.test(of.kind) ? "route" : "backend";
  return (
    <>
      <header>
        <p class="over">{safe(of.kind)}</p>
        <h2>
          <bdi>{safe(path(of.namespace, of.name))}</bdi>
        </h2>
        {e === null && g < 0 && <p class="dim">The snapshot does not have it.</p>}
        {error && <p class="v-blocked">{safe(error)}</p>}
      </header>
      {g >= 0 && (
        <Section title="Gateway">
          <dl class="facts">
            <dt>class</dt>
            <dd>
              <ObjectLink s={s} of={{ kind: "GatewayClass", namespace: "", name: s.gateways.text("class", g) }} kind={false} />
            </dd>
            <dt>controller</dt>
            <dd>{safe(s.gateways.text("controller", g)) || "unknown: the class is not in the input"}</dd>
            <dt>resolved as</dt>
            <dd>{safe(s.gateways.text("profile", g))}</dd>
            <dt>addresses</dt>
            <dd class="num">{safe(s.gateways.text("addresses", g).split("\n").join(", ")) || "none"}</dd>
            <dt>reach</dt>
            <dd>{["external", "internal", "unknown"][s.gateways.num("reach", g)]}</dd>
            <dt>reported</dt>
            <dd>
              Accepted {["False", "True", "Unknown"][s.gateways.num("accepted", g)]}, Programmed {["False", "True", "Unknown"][s.gateways.num("programmed", g)]}
            </dd>
          </dl>
        </Section>
      )}
      {e && e.listeners.length > 0 && !ROUTES.test(of.kind) && (
        <Section title="Listeners" note={String(e.listeners.length)}>
          <ul class="plain-rows">
            {e.listeners.map((l) => (
              <li key={l.owner.kind + l.owner.name + l.name}>
                <Icon name={l.programmed === undefined ? "unknown" : l.programmed ? "exposed" : "blocked"} class={l.programmed === undefined ? "v-unknown" : l.programmed ? "v-exposed" : "v-blocked"} />{" "}
                <button class="link" onClick={() => (store.selection.value = `listener:${s.id}:${l.owner.kind}/${l.owner.namespace ?? ""}/${l.owner.name}/${l.name}`)}>
                  {safe(l.name) || "unnamed"}
                </button>{" "}
                <span class="dim">
                  {safe(l.protocol)} {l.port} {safe(l.hostname ?? "every host")} · {count(l.attachedRoutes, "route")} {safe(l.reasons.join(", "))}
                </span>
              </li>
            ))}
          </ul>
        </Section>
      )}
      <FindingsOf s={s} objects={[of]} />
      {e && ROUTES.test(of.kind) && (
        <Section title="Gates" note="one parentRef after the other">
          {e.attachments.map((a, i) => (
            <Gates key={i} s={s} attachment={a} index={i} />
          ))}
          {!e.attachments.length && <p class="dim">It names no Gateway.</p>}
        </Section>
      )}
      <Section title="Rows" note={String(rows.length)}>
        <ul class="plain-rows">
          {rows.slice(0, 40).map((r) => (
            <li key={r}>
              <VerdictMark verdict={s.verdict(r)} word={false} />{" "}
              <button class="link row-link" onClick={() => (store.selection.value = store.rowSelection(s, r))}>
                <UrlText of={url(s, r)} />
              </button>{" "}
              <span class="dim">→ {safe(target(s, r)) || "no way in"}</span>
            </li>
          ))}
        </ul>
        {rows.length > 0 && (
          <button class="link" onClick={() => (store.query.value = `${field}:${path(of.namespace, of.name)}`)}>
            {rows.length > 40 ? `40 of ${rows.length} shown; show all in the view` : "Show only these in the view"}
          </button>
        )}
      </Section>
      <Objects list={[{ of }]} />
      <Impact s={s} of={{ ...of, group: rows.map((r) => s.backend(r)).find((b) => b && b.kind === of.kind && b.name === of.name)?.group }} />
    </>
  );
}

function ListenerPanel({ s, rest }: { s: Source; rest: string }) {
  const t = s.listeners;
  let at = -1;
  for (let i = 0; i < t.length; i++) if (rest === `${t.text("ownerKind", i)}/${t.text("ownerNamespace", i)}/${t.text("ownerName", i)}/${t.text("name", i)}`) at = i;
  const of = parseKey(rest);
  const parts = rest.split("/");
  const owner: ObjectId = { kind: of.kind, namespace: of.namespace, name: parts[2] ?? "" };
  const name = parts.slice(3).join("/");
  if (at < 0) return <p class="dim">The snapshot does not have this listener.</p>;
  const programmed = t.num("programmed", at);
  const gateway: ObjectId = { kind: "Gateway", namespace: t.text("gatewayNamespace", at), name: t.text("gatewayName", at) };
  const lines = (text: string) => text.split("\n").filter(Boolean);
  return (
    <>
      <header>
        <p class="over">Listener</p>
        <h2>
          <bdi>{safe(name) || "unnamed"}</bdi> <span class="num">:{t.num("port", at)}</span>
        </h2>
        <p>
          of <ObjectLink s={s} of={owner} />
        </p>
      </header>
      <Section title="May it carry traffic">
        <p class={programmed === 1 ? "v-exposed" : programmed === 0 ? "v-blocked" : "v-unknown"}>
          <Icon name={programmed === 1 ? "pass" : programmed === 0 ? "blocked" : "unknown"} /> {programmed === 1 ? "Yes" : programmed === 0 ? "No" : "Unknown"}
          {t.text("reasons", at) && `: ${safe(t.text("reasons", at))}`}
          {t.text("cause", at) && `: ${safe(t.text("cause", at))}`}
        </p>
        <dl class="facts">
          <dt>protocol</dt>
          <dd>{safe(t.text("protocol", at))}</dd>
          <dt>hostname</dt>
          <dd>{safe(t.text("hostname", at)) || "every host"}</dd>
          <dt>TLS</dt>
          <dd>{t.text("tls", at) ? `${t.text("tls", at)}${t.text("clientAuth", at) && t.text("clientAuth", at) !== "none" ? `, client certificate ${t.text("clientAuth", at)}` : ""}` : "none"}</dd>
          {t.text("certificates", at) && (
            <>
              <dt>certificates</dt>
              <dd>{lines(t.text("certificates", at)).map(safe).join(", ")}</dd>
            </>
          )}
          {t.text("assumes", at) && (
            <>
              <dt>presumed good</dt>
              <dd>{lines(t.text("assumes", at)).map(safe).join(", ")}: not collected</dd>
            </>
          )}
          <dt>routes</dt>
          <dd>{t.num("attached", at)} attached</dd>
        </dl>
        <button class="link" onClick={() => (store.query.value = `gateway:${path(gateway.namespace, gateway.name)} listener:${name}`)}>
          Show its rows in the view
        </button>
      </Section>
      <FindingsOf s={s} objects={[owner]} />
      <Objects list={[{ of: owner, field: `spec.listeners[${t.num("index", at)}]` }]} />
      <Impact s={s} of={owner} />
    </>
  );
}

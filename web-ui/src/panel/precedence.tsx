//! Who would win a request, and who loses it by which rule. The resolver is asked, not imitated.

import type { Answer, Exposure, Request } from "gatescope";
import { parseKey, scheme, target, url, type Source } from "../model/source";
import * as store from "../model/store";
import { path, safe } from "../model/text";
import { Icon } from "../ui/icons";
import { Section, UrlText } from "../ui/parts";
import { useAnswer } from "../ui/answer";
import { ask } from "../worker/client";

/** A request that a row is meant for; none where its match is an expression. */
export function requestFor(e: Exposure): Request | undefined {
  if (e.path?.type === "RegularExpression" || e.grpc?.type === "RegularExpression") return undefined;
  if ([...e.headers, ...e.queryParams].some((v) => v.type === "RegularExpression")) return undefined;
  const headers: Record<string, string> = {};
  for (const h of e.headers) headers[h.name] = h.value;
  if (e.route.kind === "GRPCRoute") headers["content-type"] = "application/grpc";
  const host = e.hostname === "*" ? "any.example" : e.hostname.replace(/^\*/, "any");
  return {
    gateway: e.gateway,
    port: e.listener.port,
    scheme: e.listener.tlsMode === "Passthrough" ? "tls" : scheme(e.listener.protocol),
    host,
    path: e.grpc ? `/${e.grpc.service ?? "any.Service"}/${e.grpc.method ?? "Any"}` : (e.path?.value ?? "/"),
    method: e.method ?? (e.grpc ? "POST" : "GET"),
    headers,
    query: e.queryParams.map((q) => `${encodeURIComponent(q.name)}=${encodeURIComponent(q.value)}`).join("&"),
  };
}

export function Contender({ s, id, why, lost, place }: { s: Source; id?: string; why: string; lost: boolean; place: number }) {
  const row = id ? s.find(id) : -1;
  if (row < 0) return null;
  const route = s.route(row);
  return (
    <li class={lost ? "loser" : "winner"}>
      <span class="num place">{place}</span>
      <div>
        <button class="link" onClick={() => (store.selection.value = store.rowSelection(s, row))}>
          <span class={lost ? "lost" : ""}>
            <bdi>{safe(path(route.namespace, route.name))}</bdi> rule {s.columns.rule[row]} → {safe(target(s, row))}
          </span>
        </button>
        <div class="dim">
          <UrlText of={url(s, row)} />
        </div>
        <div class={lost ? "why" : "v-exposed"}>{lost ? safe(why) : "answers"}</div>
      </div>
    </li>
  );
}

export function Contenders({ s, answer }: { s: Source; answer: Answer }) {
  return (
    <ol class="contenders">
      {answer.exposure && <Contender s={s} id={answer.exposure} why="" lost={false} place={1} />}
      {answer.lost.map((l, i) => (
        <Contender key={l.exposure} s={s} id={l.exposure} why={l.why} lost place={i + (answer.exposure ? 2 : 1)} />
      ))}
    </ol>
  );
}

export function Precedence({ s, exposure }: { s: Source; exposure: Exposure }) {
  const request = requestFor(exposure);
  const { value, error } = useAnswer(() => (request ? ask("trace", { source: s.asks, request, everywhere: false }) : Promise.resolve([])), [s, exposure.id]);
  if (!request) {
    return (
      <Section title="Precedence">
        <p class="dim">The match is a regular expression: ask for a concrete URL in the box above.</p>
      </Section>
    );
  }
  const answer = value?.[0];
  return (
    <Section title="Precedence" note={request.scheme === "tcp" || request.scheme === "udp" ? "of the listener" : "for a request that matches just this"}>
      {error && <p class="v-blocked">{safe(error)}</p>}
      {answer && (answer.exposure || answer.lost.length ? <Contenders s={s} answer={answer} /> : <p class="dim">Nobody answers: {answer.outcome}{answer.cause ? `, ${safe(answer.cause)}` : ""}.</p>)}
    </Section>
  );
}

/** Everything under one host of one port, in order of precedence; what loses is struck through. */
export function HostPanel({ s, rest }: { s: Source; rest: string }) {
  const [gateway, port, ...host] = rest.split(":");
  const name = host.join(":");
  const c = s.columns;
  const g = parseKey(`Gateway/${gateway}`);
  const rows: number[] = [];
  for (let i = 0; i < c.length; i++) {
    const l = c.listener[i];
    if (c.text(c.hostname[i]) === name && c.listenerPort[l] === Number(port) && c.text(c.listenerGatewayName[l]) === g.name && c.text(c.listenerGatewayNamespace[l]) === g.namespace) rows.push(i);
  }
  const rank = (i: number): (number | string)[] => {
    const m = c.match[i];
    const type = c.text(c.matchPathType[m]);
    const value = c.text(c.matchPathValue[m]);
    return [type === "Exact" ? 0 : type === "PathPrefix" ? 1 : 2, -value.length, value, c.matchMethod[m] ? 0 : 1, -c.list(c.matchHeaders[m]).length, -c.list(c.matchQuery[m]).length, c.state[i] === 1 ? 1 : 0];
  };
  const order = rows.map((i) => ({ i, r: rank(i) }));
  order.sort((a, b) => {
    for (let k = 0; k < a.r.length; k++) if (a.r[k] !== b.r[k]) return a.r[k] < b.r[k] ? -1 : 1;
    return a.i - b.i;
  });
  const owners = new Set(rows.filter((i) => c.state[i] === 0).map((i) => s.route(i).namespace));
  return (
    <>
      <header>
        <p class="over">Hostname</p>
        <h2>
          <bdi>{name === "*" ? "every host" : safe(name)}</bdi>
        </h2>
        <p class="dim">
          port {port} of Gateway {safe(gateway)}
        </p>
      </header>
      <Section title="Who owns it">
        <p>
          {owners.size === 0 && "Nobody serves it."}
          {owners.size === 1 && <>Namespace <b>{safe([...owners][0])}</b>.</>}
          {owners.size > 1 && (
            <span class="v-unknown">
              <Icon name="warning" /> Contested: namespaces {[...owners].sort().map(safe).join(", ")}.
            </span>
          )}
        </p>
      </Section>
      <Section title="Precedence" note="the most specific match first">
        <ol class="contenders">
          {order.slice(0, 200).map(({ i }, n) => (
            <Contender key={c.id(i)} s={s} id={c.id(i)} lost={c.state[i] !== 0} why={`${store.totals.value && ["", "shadowed", "blocked", "unknown"][c.state[i]]} ${s.why(i)}`} place={n + 1} />
          ))}
        </ol>
        {order.length > 200 && <p class="dim">200 of {order.length} shown; search for <code>host:{safe(name)}</code> to see all.</p>}
      </Section>
    </>
  );
}

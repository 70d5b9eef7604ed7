//! What breaks if an object goes: the resolver's own answer, from a copy that lost it.

import { useEffect, useState } from "preact/hooks";
import type { Exposure } from "gatescope";
import type { ObjectId, Source } from "../model/source";
import { count, path, safe } from "../model/text";
import { VerdictMark } from "../ui/icons";
import { exposureUrl, Message, Section, UrlText } from "../ui/parts";
import { ask } from "../worker/client";
import type { Impact as Result } from "../worker/protocol";

const STATES = ["exposed", "shadowed", "blocked", "unknown"];

function Rows({ list, title, tone }: { list: Exposure[]; title: string; tone: string }) {
  if (!list.length) return null;
  return (
    <>
      <h4 class={tone}>
        {title} <span class="num">{list.length}</span>
      </h4>
      <ul class="plain-rows">
        {list.slice(0, 60).map((e) => (
          <li key={e.id}>
            <VerdictMark verdict={STATES.indexOf(e.state)} word={false} /> <UrlText of={exposureUrl(e)} />
            <span class="dim">
              {" "}
              {safe(path(e.route.namespace, e.route.name))}
              {e.backend && ` → ${safe(e.backend.name)}`}
            </span>
          </li>
        ))}
      </ul>
      {list.length > 60 && <p class="dim">60 of {list.length} shown.</p>}
    </>
  );
}

export function Impact({ s, of }: { s: Source; of: ObjectId & { group?: string } }) {
  const [state, set] = useState<{ busy?: boolean; result?: Result; error?: string }>({});
  useEffect(() => set({}), [s, of.kind, of.namespace, of.name]);
  const run = () => {
    set({ busy: true });
    ask("impact", { source: s.asks, ref: { ...of, namespace: of.namespace || undefined } }).then(
      (result) => set({ result }),
      (e: Error) => set({ error: e.message }),
    );
  };
  const r = state.result;
  const lost = r ? [...r.closed.filter((e) => e.state === "exposed"), ...r.changed.filter((c) => c.before.state === "exposed" && c.after.state !== "exposed").map((c) => c.after)] : [];
  const won = r ? [...r.opened.filter((e) => e.state === "exposed"), ...r.changed.filter((c) => c.before.state !== "exposed" && c.after.state === "exposed").map((c) => c.after)] : [];
  const other = r ? [...r.closed.filter((e) => e.state !== "exposed"), ...r.changed.filter((c) => (c.before.state === "exposed") === (c.after.state === "exposed")).map((c) => c.after)] : [];
  return (
    <Section title="What breaks if it goes">
      {!r && (
        <button class="button" onClick={run} disabled={state.busy}>
          {state.busy ? "Asking the resolver…" : `Without ${of.kind} ${path(of.namespace, of.name)}`}
        </button>
      )}
      {state.error && <p class="v-blocked">{safe(state.error)}</p>}
      {r && (
        <div aria-live="polite" class="impact">
          <p>{lost.length + won.length + other.length ? `${count(lost.length, "way in closes", "ways in close")}, ${count(won.length, "opens", "open")}.` : "Nothing: no row depends on it."}</p>
          <Rows list={lost} title="Closes" tone="v-blocked" />
          <Rows list={won} title="Opens" tone="v-exposed" />
          <Rows list={other} title="Changes otherwise" tone="dim" />
          {r.findings.length > 0 && (
            <ul class="plain-rows">
              {r.findings.slice(0, 20).map((f) => (
                <li key={`${f.code}${f.subject.kind}${f.subject.name}${f.message}`}>
                  <code>{f.code}</code> {safe(f.subject.kind)} {safe(path(f.subject.namespace, f.subject.name))}: <Message text={f.message} />
                </li>
              ))}
            </ul>
          )}
        </div>
      )}
    </Section>
  );
}

//! The head of the page: what is shown, how, and two boxes, one to search and one to ask.

import { useEffect, useRef, useState } from "preact/hooks";
import { FIELDS } from "../model/query";
import * as health from "../model/health";
import * as live from "../model/live";
import * as store from "../model/store";
import { count, safe } from "../model/text";
import { openTrace } from "../panel/trace";
import { Icon } from "./icons";

const VIEWS: { view: store.View; name: string; key: string }[] = [
  { view: "table", name: "Table", key: "1" },
  { view: "topology", name: "Topology", key: "2" },
  { view: "findings", name: "Findings", key: "3" },
];

export function Header() {
  const list = store.sources.value;
  const ready = store.phase.value.kind === "ready";
  const themes = { auto: "light", light: "dark", dark: "auto" } as const;
  return (
    <header class="top">
      <span class="brand">
        <svg viewBox="0 0 16 16" aria-hidden="true">
          <path d="M3 13V6.4a5 5 0 0 1 10 0V13M6.2 13V8.4m3.6 4.6V8.4" fill="none" stroke="currentColor" stroke-width="1.7" stroke-linecap="round" />
        </svg>
        gatescope
      </span>
      <button class="source" onClick={() => (store.dialog.value = "sources")} title="Where this comes from">
        <bdi>{list.map((s) => safe(s.name)).join(store.comparing.value ? " → " : ", ") || "no source"}</bdi>
        {list.some((s) => s.problems.length) && <Icon name="warning" class="v-unknown" />}
        <Icon name="down" />
      </button>
      <Live />
      {ready && (
      <nav class="views" aria-label="Views">
        {VIEWS.map((v) => (
          <button key={v.view} aria-current={store.view.value === v.view ? "page" : undefined} title={`${v.name} (${v.key})`} onClick={() => (store.view.value = v.view)}>
            {v.name}
            {v.view === "findings" && list.length > 0 && <span class="num badge">{store.current.value.reduce((n, s) => n + s.opened.summary.findings.error + s.opened.summary.findings.warning, 0)}</span>}
          </button>
        ))}
      </nav>
      )}
      <span class="gap" />
      {ready && (
        <button class="quiet" onClick={() => (store.dialog.value = "export")}>
          <Icon name="export" /> Export
        </button>
      )}
      <button class="icon-button" aria-label={`Theme: ${store.theme.value}`} title={`Theme: ${store.theme.value}`} onClick={() => (store.theme.value = themes[store.theme.value])}>
        <Icon name="theme" />
      </button>
      <button class="icon-button" aria-label="Help" title="Keys and expressions (?)" onClick={() => (store.dialog.value = "help")}>
        ?
      </button>
    </header>
  );
}

function Live() {
  const s = live.state.value;
  if (s === "off") return null;
  const paused = live.paused.value;
  const text = s === "lost" ? "connection lost, trying again" : paused ? `paused${live.waiting.value ? `, ${count(live.waiting.value, "change")} wait` : ""}` : s;
  return (
    <span class={`live l-${paused ? "paused" : s}`} role="status">
      <span class="dot" />
      {text}
      <button class="icon-button" aria-label={paused ? "Follow again" : "Pause"} title={paused ? "Follow again (p)" : "Pause (p)"} onClick={() => live.pause(!paused)}>
        <Icon name={paused ? "play" : "pause"} />
      </button>
      {health.troubles.value.length > 0 && (
        <button class="toggle v-unknown" title={safe(health.troubles.value.join("\n"))} onClick={() => (store.dialog.value = "sources")}>
          <Icon name="warning" /> {count(health.troubles.value.length, "problem")}
        </button>
      )}
      {live.changes.value > 0 && (
        <button class="toggle" aria-pressed={store.comparing.value} title="What changed since then: opened, closed, moved" onClick={() => live.compare(!store.comparing.value)}>
          {count(live.changes.value, "change")} since {live.earlier.value?.time}
        </button>
      )}
      {store.comparing.value && (
        <button class="link" onClick={live.mark}>
          Seen
        </button>
      )}
    </span>
  );
}

export function Boxes() {
  const box = useRef<HTMLInputElement>(null);
  const [draft, set] = useState(store.query.value);
  const [url, setUrl] = useState("");
  // The expression may be written elsewhere: by a chip, a link, a step back.
  useEffect(() => store.query.subscribe((q) => q !== box.current?.value.trim() && set(q)), []);
  const timer = useRef(0);
  const typed = useRef<string | undefined>(undefined);
  const settle = () => {
    clearTimeout(timer.current);
    if (typed.current !== undefined) store.query.value = typed.current.trim();
    typed.current = undefined;
  };
  const type = (text: string) => {
    set((typed.current = text));
    clearTimeout(timer.current);
    timer.current = setTimeout(settle, 90) as unknown as number;
  };
  const errors = store.parsed.value.errors;
  return (
    <div class="boxes">
      <div class="box">
        <Icon name="search" />
        <input
          id="search"
          ref={box}
          type="search"
          value={draft}
          placeholder="Search: host:shop ns:payments is:blocked …"
          aria-label="Search expression"
          aria-describedby="search-says"
          list="fields"
          spellcheck={false}
          autocomplete="off"
          onInput={(e) => type(e.currentTarget.value)}
          onBlur={settle}
        />
        <kbd>/</kbd>
        <datalist id="fields">
          {Object.entries(FIELDS).map(([f, what]) => (
            <option key={f} value={`${f}:`}>
              {what}
            </option>
          ))}
        </datalist>
      </div>
      <form
        class="box"
        onSubmit={(e) => {
          e.preventDefault();
          openTrace(url);
        }}
      >
        <Icon name="route" />
        <input id="ask" value={url} placeholder="Which route serves this URL? https://…" aria-label="Which route serves this URL?" spellcheck={false} autocomplete="off" onInput={(e) => setUrl(e.currentTarget.value)} />
        <button class="quiet" disabled={!url.trim()}>
          Ask
        </button>
      </form>
      <p id="search-says" class="says" role="status">
        {errors.length > 0 ? <span class="v-blocked">{safe(errors.join("; "))}</span> : null}
      </p>
    </div>
  );
}

/** What is shown of how much, and by whom it was resolved. */
export function StatusBar() {
  const [kept, all] = [store.kept.value.length, store.all.value.length];
  const closed = store.view.value === "table" ? kept - store.arranged.value.items.filter((i) => !i.head).length : 0;
  const s = store.current.value[0];
  const m = store.module_.value;
  const mesh = store.current.value.reduce((n, x) => n + x.opened.mesh, 0);
  return (
    <footer class="status">
      <span role="status">
        Showing {(kept - closed).toLocaleString("en")} of {count(all, "row")}
        {kept < all && (
          <>
            : <code>{safe(store.query.value)}</code>{" "}
            <button class="link" onClick={() => (store.query.value = "")}>
              show all
            </button>
          </>
        )}
        {closed > 0 && (
          <>
            , {closed} in closed groups{" "}
            <button class="link" onClick={() => (store.closedGroups.value = new Set())}>
              open
            </button>
          </>
        )}
      </span>
      {mesh > 0 && <span title="Routes with a Service as their parent are not ways into the cluster">{count(mesh, "mesh route")} not drawn</span>}
      <span class="gap" />
      {s && (
        <span class="num">
          {count(store.current.value.reduce((n, x) => n + x.opened.objects, 0), "object")} · revision {s.opened.revision}
        </span>
      )}
      <span class="num" title={`SHA-256 of the resolver that runs in this tab: ${m.sha256}`}>
        gatescope {m.version} · module <code>{m.sha256.slice(0, 12)}</code>
      </span>
    </footer>
  );
}

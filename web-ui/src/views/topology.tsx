//! The topology: class, gateway, listener, hostname, route, rule, backend, from left to right.

import { useEffect, useRef, useState } from "preact/hooks";
import type { LayoutOptions } from "gatescope";
import type { Source } from "../model/source";
import * as store from "../model/store";
import { count, safe } from "../model/text";
import { printing } from "../ui/print";
import { ask } from "../worker/client";
import { BOX, COLUMN_NAMES, Picture, ROW } from "./picture";
import { Stage } from "./stage";

/** What the layout is asked for. */
export function layoutOptions(): LayoutOptions {
  const f = store.fold.value;
  return { row: ROW, gatewayGap: 14, fold: { namespaces: f.namespaces, hostLabels: f.hosts ? 2 : 0, columns: f.column ? [f.column] : [], open: [...f.open], closed: [...f.closed] } };
}

export const shownSource = (): Source | undefined => store.difference.value?.after ?? store.sources.value[store.shown.value] ?? store.sources.value[0];

/** The picture of what the expression keeps. */
export async function layOut(s: Source): Promise<Picture> {
  const narrowed = store.parsed.value.terms.length > 0;
  const input: { source: number; options: LayoutOptions; rows?: Uint32Array; attachments?: Uint32Array } = { source: s.asks, options: layoutOptions() };
  if (narrowed) {
    const mine = store.kept.value.filter((r) => r.s === s).map((r) => r.row);
    input.rows = Uint32Array.from(mine.filter((r) => r < s.columns.length));
    input.attachments = Uint32Array.from(mine.filter((r) => r >= s.columns.length), (r) => s.bareAt(r));
  }
  return new Picture(await ask("layout", input));
}

/** Nodes that a selection means. */
function chosenIn(p: Picture, s: Source): Set<number> {
  const sel = store.readSelection(store.selection.value);
  const out = new Set<number>();
  if (!sel || sel.s.id !== s.id) return out;
  const t = p.nodes;
  if (sel.kind === "row") {
    const row = s.find(sel.rest);
    const bare = row >= 0 ? s.bareAt(row) : -1;
    for (let i = 0; i < p.count; i++) {
      if (bare >= 0 ? t.num("attachment", i) === bare : t.num("column", i) === 6 && p.laid.rows.subarray(t.num("first", i), t.num("first", i) + t.num("rows", i)).includes(row)) out.add(i);
    }
  } else if (sel.kind === "obj") {
    for (let i = 0; i < p.count; i++) if (sel.rest === `${t.text("kind", i)}/${t.text("namespace", i)}/${t.text("name", i)}` && !(t.num("column", i) === 2 && t.text("kind", i) === "Gateway")) out.add(i);
  } else if (sel.kind === "node") {
    const i = p.find(sel.rest);
    if (i >= 0) out.add(i);
  } else if (sel.kind === "host") {
    const host = sel.rest.split(":").slice(2).join(":");
    for (let i = 0; i < p.count; i++) if (t.num("column", i) === 3 && t.text("label", i) === (host === "*" ? "every host" : host)) out.add(i);
  }
  return out;
}

/** What a node stands for, as a selection. */
export function nodeSelection(p: Picture, s: Source, i: number): string {
  const t = p.nodes;
  const column = t.num("column", i);
  if (t.num("attachment", i) >= 0) {
    const row = s.columns.length + s.bare.indexOf(t.num("attachment", i));
    return store.rowSelection(s, row);
  }
  if (column === 5 || (column === 6 && t.num("rows", i) > 0)) return store.rowSelection(s, p.laid.rows[t.num("first", i)]);
  if (column === 3 && !t.num("folded", i) && t.num("rows", i)) {
    const row = p.laid.rows[t.num("first", i)];
    const l = s.columns.listener[row];
    const g = s.gateway(row);
    return store.hostSelection(s, `${g.namespace}/${g.name}`, s.columns.listenerPort[l], s.hostname(row));
  }
  if (column === 2 && t.num("rows", i)) {
    const row = p.laid.rows[t.num("first", i)];
    const c = s.columns;
    const l = c.listener[row];
    return `listener:${s.id}:${c.text(c.listenerOwnerKind[l])}/${c.text(c.listenerOwnerNamespace[l])}/${c.text(c.listenerOwnerName[l])}/${c.text(c.listenerName[l])}`;
  }
  if (column === 2 && t.text("kind", i)) {
    const name = t.text("label", i).replace(/ ?:\d+$/, "");
    return `listener:${s.id}:${t.text("kind", i)}/${t.text("namespace", i)}/${t.text("name", i)}/${name}`;
  }
  if (t.text("kind", i)) return store.objectSelection(s, { kind: t.text("kind", i), namespace: t.text("namespace", i), name: t.text("name", i) });
  return `node:${s.id}:${t.text("key", i)}`;
}

interface Held {
  picture: Picture;
  next?: Picture;
  came: number;
  went: number;
}

export function Topology() {
  const scroller = useRef<HTMLDivElement>(null);
  const space = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const strip = useRef<HTMLCanvasElement>(null);
  const frame = useRef<HTMLDivElement>(null);
  const stage = useRef<Stage | undefined>(undefined);
  const [held, setHeld] = useState<Held>();
  const last = useRef<{ s?: Source; asked: string }>({ asked: "" });
  const [, redraw] = useState(0);
  const s = shownSource();
  const asked = JSON.stringify([layoutOptions(), store.query.value]);

  const foldNode = (i: number) => {
    const p = stage.current?.picture;
    if (!p) return;
    const t = p.nodes;
    const key = t.text("key", i);
    const group = t.text("group", i);
    const f = store.fold.value;
    const [open, closed] = [new Set(f.open), new Set(f.closed)];
    if (t.num("folded", i)) {
      if (!closed.delete(key)) open.add(key);
    } else if (group && open.has(group)) open.delete(group);
    else if (!open.delete(key)) closed.add(key);
    store.fold.value = { ...f, open, closed };
  };
  const choose = (i: number) => {
    const st = stage.current;
    if (!st?.picture || !s) return;
    st.active = i;
    store.selection.value = nodeSelection(st.picture, s, i);
  };
  const handlers = useRef({ choose, fold: foldNode });
  handlers.current = { choose, fold: foldNode };

  useEffect(() => {
    if (!scroller.current || !space.current || !canvas.current || !strip.current) return;
    const st = (stage.current = new Stage(scroller.current, space.current, canvas.current, strip.current, { choose: (i) => handlers.current.choose(i), fold: (i) => handlers.current.fold(i) }));
    const sizes = new ResizeObserver(() => {
      st.resize();
      redraw((n) => n + 1);
    });
    sizes.observe(scroller.current);
    const dark = matchMedia("(prefers-color-scheme: dark)");
    const recolor = () => {
      st.colors();
      st.resize();
    };
    dark.addEventListener("change", recolor);
    const place = () => {
      if (!frame.current || !scroller.current) return;
      const whole = Math.max(scroller.current.scrollHeight, 1);
      frame.current.style.top = `${(scroller.current.scrollTop / whole) * 100}%`;
      frame.current.style.height = `${(scroller.current.clientHeight / whole) * 100}%`;
    };
    scroller.current.addEventListener("scroll", place, { passive: true });
    sizes.observe(space.current);
    new ResizeObserver(place).observe(space.current);
    const themes = store.theme.subscribe(() => requestAnimationFrame(recolor));
    const paper = printing.subscribe(() => {
      st.colors();
      st.resize();
    });
    return () => {
      sizes.disconnect();
      dark.removeEventListener("change", recolor);
      themes();
      paper();
    };
  }, []);

  useEffect(() => {
    if (!s) return;
    let stale = false;
    const before = last.current;
    const live = before.s !== undefined && before.s !== s && before.s.id === s.id && before.asked === asked;
    last.current = { s, asked };
    void layOut(s).then(
      (picture) => {
        const st = stage.current;
        if (stale || !st) return;
        const old = st.picture;
        if (!old || !live) {
          const anchor = old && before.s?.id === s.id ? anchored(st, old, picture) : 0;
          const active = old && st.active >= 0 ? picture.find(old.nodes.text("key", st.active)) : -1;
          st.ghosts = st.born = new Set();
          st.active = active >= 0 ? active : Math.min(0, picture.count - 1);
          st.show(picture);
          if (anchor) st.scroller.scrollTop += anchor;
          st.select(chosenIn(picture, s));
          if (!old && st.chosen.size) st.reveal(Math.min(...st.chosen), true, true);
          setHeld({ picture, came: 0, went: 0 });
          return;
        }
        settle(st, old, picture, s, setHeld);
      },
      (e: Error) => store.say(e.message),
    );
    return () => {
      stale = true;
    };
  }, [s, asked]);

  const selection = store.selection.value;
  useEffect(() => {
    const st = stage.current;
    if (!st?.picture || !s) return;
    const chosen = chosenIn(st.picture, s);
    st.select(chosen);
    const first = Math.min(...chosen);
    if (chosen.size && !chosen.has(st.active)) {
      st.active = first;
      st.reveal(first);
    }
  }, [selection]);

  const update = () => {
    const st = stage.current;
    if (!st || !held?.next || !s) return;
    const old = st.picture!;
    const next = held.next;
    const anchor = anchored(st, old, next);
    st.ghosts = new Set();
    st.born = new Set([...keys(next)].filter((k) => old.find(k) < 0));
    st.active = st.active >= 0 ? next.find(old.nodes.text("key", st.active)) : -1;
    st.show(next);
    st.scroller.scrollTop += anchor;
    st.select(chosenIn(next, s));
    setHeld({ picture: next, came: 0, went: 0 });
  };

  const onKey = (e: KeyboardEvent) => {
    const st = stage.current;
    const p = st?.picture;
    if (!st || !p || !p.count || e.ctrlKey || e.metaKey || e.altKey) return;
    const i = Math.max(0, st.active);
    const column = p.nodes.num("column", i);
    const go = (to: number) => {
      if (to < 0 || to >= p.count) return;
      st.active = to;
      for (const x of [i, to]) st.button(x)?.setAttribute("tabindex", x === to ? "0" : "-1");
      st.reveal(to);
      st.draw();
      st.button(to)?.focus({ preventScroll: true });
    };
    const beside = (step: 1 | -1) => {
      for (let k = i + step; k >= 0 && k < p.count; k += step) if (p.nodes.num("column", k) === column) return k;
      return -1;
    };
    const steps: Record<string, () => void> = {
      ArrowDown: () => go(beside(1)),
      ArrowUp: () => go(beside(-1)),
      ArrowLeft: () => go(p.nodes.num("parent", i)),
      ArrowRight: () => (p.nodes.num("folded", i) ? foldNode(i) : go(p.lastChild[i] >= 0 ? i + 1 : -1)),
      Home: () => go(0),
      End: () => go(p.count - 1),
      PageDown: () => go(Math.min(p.count - 1, p.firstAt(p.node(i).y + st.scroller.clientHeight - ROW))),
      PageUp: () => go(p.firstAt(Math.max(0, p.node(i).y - st.scroller.clientHeight + ROW))),
      " ": () => foldNode(i),
      Enter: () => choose(i),
    };
    if (!steps[e.key]) return;
    e.preventDefault();
    steps[e.key]();
  };

  const jump = (e: PointerEvent) => {
    if (!strip.current || !scroller.current || (e.type === "pointermove" && !e.buttons)) return;
    const box = strip.current.getBoundingClientRect();
    scroller.current.scrollTop = ((e.clientY - box.top) / box.height) * scroller.current.scrollHeight - scroller.current.clientHeight / 2;
  };
  const g = stage.current?.geometry;
  const columns = held?.picture.columns;
  return (
    <div class="topology">
      {held?.next && (
        <button class="pill" onClick={update}>
          {[held.came && `${count(held.came, "node")} new`, held.went && `${count(held.went, "node")} gone`].filter(Boolean).join(", ") || "changed"} · show as it is now
        </button>
      )}
      <div class="canvas-area">
        <div class="scroller" ref={scroller} onKeyDown={onKey} role="group" aria-label="Topology: arrows move, Enter selects, Space folds">
          <div class="columns" aria-hidden="true" style={{ width: g ? `${g.total}px` : undefined }}>
            {g &&
              COLUMN_NAMES.map((name, i) => (
                <span key={name} style={{ transform: `translateX(${g.x[i]}px)`, width: `${g.w[i]}px` }}>
                  {name} <span class="dim num">{columns?.[i] ?? 0}</span>
                </span>
              ))}
          </div>
          <div class="stage" ref={space} style={{ "--box": `${BOX}px` }}>
            <canvas ref={canvas} aria-hidden="true" />
          </div>
          {held && !held.picture.count && <p class="nothing">{store.query.value ? <>Nothing matches <code>{safe(store.query.value)}</code>.</> : "There is nothing to draw in this snapshot."}</p>}
        </div>
        <div class="strip" onPointerDown={jump} onPointerMove={jump} title="All of it: click to go there" aria-hidden="true">
          <canvas ref={strip} />
          <div class="lens" ref={frame} />
        </div>
      </div>
    </div>
  );
}

function* keys(p: Picture): Generator<string> {
  for (let i = 0; i < p.count; i++) yield p.nodes.text("key", i);
}

/** How far to scroll so that what the reader is at stays where it is. */
function anchored(st: Stage, old: Picture, now: Picture): number {
  const { scrollTop, clientHeight } = st.scroller;
  const seen = (i: number) => i >= 0 && i < old.count && old.node(i).y >= scrollTop - 1 && old.node(i).y < scrollTop + clientHeight;
  const tries = [st.active, ...st.chosen, ...old.between(scrollTop, scrollTop + clientHeight).filter((i) => old.node(i).y >= scrollTop)];
  for (const i of tries) {
    if (!seen(i)) continue;
    const to = now.find(old.nodes.text("key", i));
    if (to >= 0) return now.node(to).y - old.node(i).y;
  }
  return 0;
}

/** A live change: taken over at once where the reader sees no node move, else announced. */
function settle(st: Stage, old: Picture, now: Picture, s: Source, tell: (h: Held) => void): void {
  const { scrollTop, clientHeight } = st.scroller;
  const inSight = old.between(scrollTop, scrollTop + clientHeight).filter((i) => old.node(i).y >= scrollTop && old.node(i).y < scrollTop + clientHeight);
  const shifts = new Set<number>();
  for (const i of inSight) {
    const to = now.find(old.nodes.text("key", i));
    shifts.add(to < 0 ? NaN : now.node(to).y - old.node(i).y);
  }
  const shift = shifts.size === 1 ? [...shifts][0] : shifts.size ? NaN : 0;
  const moved = now.between(scrollTop + shift, scrollTop + shift + clientHeight).filter((i) => now.node(i).y >= scrollTop + shift && now.node(i).y < scrollTop + shift + clientHeight);
  const fresh = (i: number) => old.find(now.nodes.text("key", i)) < 0;
  const ends = inSight.length ? old.node(inSight[inSight.length - 1]).y + shift : 0;
  const quiet = !Number.isNaN(shift) && moved.every((i) => !fresh(i) || now.node(i).y > ends);
  const active = (p: Picture) => (st.active >= 0 ? p.find(old.nodes.text("key", st.active)) : -1);
  let went = 0;
  const ghosts = new Set<string>();
  for (const k of keys(old)) if (now.find(k) < 0) ghosts.add(k), went++;
  let came = 0;
  for (let i = 0; i < now.count; i++) if (fresh(i)) came++;
  if (quiet) {
    st.born = new Set([...keys(now)].filter((k) => old.find(k) < 0));
    st.ghosts = new Set();
    st.active = active(now);
    st.show(now);
    st.scroller.scrollTop += shift;
    st.select(chosenIn(now, s));
    tell({ picture: now, came: 0, went: 0 });
    return;
  }
  // In its place: verdicts of what stays are told at once, what is gone turns pale.
  for (const name of ["state", "best", "severity", "exposed", "shadowed", "blocked", "unknown", "refused", "pending"]) {
    const [mine, theirs] = [old.nodes.col(name), now.nodes.col(name)];
    for (let i = 0; i < old.count; i++) {
      const to = now.find(old.nodes.text("key", i));
      if (to >= 0) mine[i] = theirs[to];
    }
  }
  st.ghosts = ghosts;
  st.select(st.chosen);
  tell({ picture: old, next: now, came, went });
}

/** What is folded, with a way back. */
export function FoldChooser() {
  const f = store.fold.value;
  const set = (change: Partial<typeof f>) => (store.fold.value = { ...f, open: new Set(), closed: new Set(), ...change });
  const any = f.namespaces || f.hosts || f.column || f.closed.size;
  return (
    <span class="chooser" role="group" aria-label="Folding">
      {any ? (
        <button class="link" aria-label="Unfold all" title="Unfold all" onClick={() => set({ namespaces: false, hosts: false, column: "" })}>
          Unfold
        </button>
      ) : (
        "Fold"
      )}
      <button class="toggle" aria-pressed={f.namespaces} onClick={() => set({ namespaces: !f.namespaces })}>
        namespaces
      </button>
      <button class="toggle" aria-pressed={f.hosts} onClick={() => set({ hosts: !f.hosts })}>
        hosts
      </button>
      <label>
        <span class="sr">Fold all from </span>
        <select class="short" value={f.column} onChange={(e) => set({ column: e.currentTarget.value as typeof f.column })}>
          <option value="">from…</option>
          <option value="listener">from listeners</option>
          <option value="hostname">from hostnames</option>
          <option value="route">from routes</option>
        </select>
      </label>
    </span>
  );
}

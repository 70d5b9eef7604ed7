//! The table: one row for each way in, virtual, grouped, sorted.

import { useSignal } from "@preact/signals";
import { elementScroll, observeElementOffset, observeElementRect, Virtualizer } from "@tanstack/virtual-core";
import type { VNode } from "preact";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { GROUPS, type Group, type Item, type Ref, type Sort } from "../model/order";
import { VERDICTS, reachName, target, url, weight, type Source } from "../model/source";
import * as store from "../model/store";
import { count, path, safe } from "../model/text";
import { Icon, VerdictMark } from "../ui/icons";
import { adopt, join, type Held } from "./steady";
import { UrlText } from "../ui/parts";
import { MOST, printing } from "../ui/print";

const ROW = 30;
const COLUMNS: { sort: Sort; name: string }[] = [
  { sort: "verdict", name: "Verdict" },
  { sort: "url", name: "Address a client asks for" },
  { sort: "backend", name: "Backend" },
  { sort: "route", name: "Route" },
  { sort: "gateway", name: "Gateway" },
  { sort: "address", name: "IP or name" },
  { sort: "reach", name: "Reach" },
];

function useVirtual(length: number, parent: { current: HTMLElement | null }) {
  const [, tick] = useState(0);
  const options = {
    count: length,
    getScrollElement: () => parent.current,
    estimateSize: () => ROW,
    overscan: 8,
    observeElementRect,
    observeElementOffset,
    scrollToFn: elementScroll,
    onChange: () => tick((n) => n + 1),
  };
  const v = useMemo(() => new Virtualizer<HTMLElement, HTMLElement>(options), []);
  v.setOptions({ ...v.options, ...options });
  useLayoutEffect(() => v._didMount(), []);
  useLayoutEffect(() => v._willUpdate());
  return v;
}

export function TableView() {
  const scroller = useRef<HTMLDivElement>(null);
  const arranged = store.arranged.value;
  const held = useRef(adopt([]));
  const seen = useRef<{ items: Item[]; live: readonly Source[] }>({ items: [], live: [] });
  const [pending, setPending] = useState(0);
  const active = useSignal(0);
  const shift = useRef(0);
  const known = useRef(new WeakMap<Held, { index: number; on: boolean; element: VNode }>());

  if (seen.current.items !== arranged.items) {
    const before = seen.current.live;
    const now = store.sources.value;
    // The same sources with other rows: a live change. All else is the reader's own doing.
    const live = before.length > 0 && before.length === now.length && before.every((s, i) => s.id === now[i].id) && before.some((s, i) => s !== now[i]);
    const el = scroller.current;
    if (live && el) {
      const from = Math.floor(el.scrollTop / ROW);
      held.current = join(held.current.items, arranged.items, from, Math.ceil((el.scrollTop + el.clientHeight) / ROW));
      shift.current = held.current.above * ROW;
    } else held.current = adopt(arranged.items);
    seen.current = { items: arranged.items, live: now };
  }
  const { items, waiting, ghosts } = held.current;
  const v = useVirtual(items.length, scroller);
  useLayoutEffect(() => {
    if (shift.current && scroller.current) scroller.current.scrollTop += shift.current;
    shift.current = 0;
  });
  useEffect(() => {
    if (active.value >= items.length) active.value = Math.max(0, items.length - 1);
  });
  // A link that names a row shows it, once.
  const shown = useRef(false);
  useEffect(() => {
    if (shown.current || !items.length) return;
    shown.current = true;
    const at = items.findIndex((h) => !h.item.head && store.selection.value === store.rowSelection(h.item.ref.s, h.item.ref.row));
    if (at >= 0) {
      active.value = at;
      v.scrollToIndex(at, { align: "center" });
    }
  });

  const update = () => {
    const el = scroller.current;
    const top = el ? items[Math.floor(el.scrollTop / ROW)] : undefined;
    held.current = adopt(arranged.items);
    const at = top ? arranged.items.findIndex((i) => i.id === top.item.id) : -1;
    if (el && at >= 0) shift.current = at * ROW - Math.floor(el.scrollTop / ROW) * ROW;
    setPending(pending + 1);
  };

  const choose = (h: Held) => {
    if (h.item.head) {
      const next = new Set(store.closedGroups.value);
      if (!next.delete(h.item.label)) next.add(h.item.label);
      store.closedGroups.value = next;
    } else store.selection.value = store.rowSelection(h.item.ref.s, h.item.ref.row);
  };
  const move = (to: number) => {
    active.value = Math.max(0, Math.min(items.length - 1, to));
    v.scrollToIndex(active.value, { align: "auto" });
  };
  const onKey = (e: KeyboardEvent) => {
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? ROW) / ROW) - 1);
    const h = items[active.value];
    const steps: Record<string, () => void> = {
      ArrowDown: () => move(active.value + 1),
      ArrowUp: () => move(active.value - 1),
      j: () => move(active.value + 1),
      k: () => move(active.value - 1),
      PageDown: () => move(active.value + page),
      PageUp: () => move(active.value - page),
      Home: () => move(0),
      End: () => move(items.length - 1),
      Enter: () => h && choose(h),
      " ": () => h && choose(h),
      ArrowLeft: () => {
        if (h?.item.head && !h.item.closed) choose(h);
        else if (h && !h.item.head) move(items.findLastIndex((x, i) => i < active.value && x.item.head));
      },
      ArrowRight: () => h?.item.head && h.item.closed && choose(h),
    };
    if (e.ctrlKey || e.metaKey || e.altKey || !steps[e.key]) return;
    e.preventDefault();
    steps[e.key]();
  };
  const rows = printing.value ? items.slice(0, MOST).map((_, index) => ({ index, start: index * ROW })) : v.getVirtualItems();
  return (
    <div class={store.several.value ? "table several" : "table"}>
      {waiting + ghosts > 0 && (
        <button class="pill" onClick={update}>
          {[waiting && `${count(waiting, "new row")} here`, ghosts && `${count(ghosts, "row")} gone`].filter(Boolean).join(", ")} · show as it is now
        </button>
      )}
      <div
        class="grid"
        ref={scroller}
        role={store.group.value === "none" ? "grid" : "treegrid"}
        tabIndex={0}
        aria-label="Ways into the cluster"
        aria-rowcount={items.length + 1}
        aria-colcount={COLUMNS.length}
        aria-activedescendant={items.length ? `r${active.value}` : undefined}
        onKeyDown={onKey}
      >
        <div class="row head" role="row" aria-rowindex={1}>
          {COLUMNS.map((c) => (
            <Head key={c.sort} {...c} />
          ))}
        </div>
        <div class="space" role="rowgroup" style={{ height: `${v.getTotalSize()}px` }}>
          {rows.map((r) => {
            const h = items[r.index];
            const on = active.value === r.index;
            const drawn = known.current.get(h);
            // The same element again is one that is not looked at again: scrolling draws what comes into sight alone.
            if (drawn?.index === r.index && drawn.on === on) return drawn.element;
            const common = { index: r.index, top: r.start, active: on, onClick: () => ((active.value = r.index), choose(h)) };
            const element = h.item.head ? <GroupRow key={h.item.id} item={h.item} {...common} /> : <DataRow key={h.item.id} at={h.item.ref} held={h} {...common} />;
            known.current.set(h, { index: r.index, on, element });
            return element;
          })}
        </div>
      </div>
      {!items.length && <Nothing />}
    </div>
  );
}

function Nothing() {
  const q = store.query.value;
  return (
    <p class="nothing">
      {q ? (
        <>
          No row matches <code>{safe(q)}</code>.{" "}
          <button class="link" onClick={() => (store.query.value = "")}>
            Show all {store.all.value.length}
          </button>
        </>
      ) : (
        "There is no route in this snapshot that a Gateway could serve."
      )}
    </p>
  );
}

function Head({ sort, name }: { sort: Sort; name: string }) {
  const on = store.sort.value === sort;
  const down = store.sortDown.value;
  const press = () => {
    if (!on) [store.sort.value, store.sortDown.value] = [sort, false];
    else if (!down) store.sortDown.value = true;
    else [store.sort.value, store.sortDown.value] = ["order", false];
  };
  return (
    <div role="columnheader" class={`cell c-${sort}`} aria-sort={on ? (down ? "descending" : "ascending") : "none"}>
      <button onClick={press} title={on && down ? "Back to the resolver's order" : `Sort by ${name.toLowerCase()}`}>
        {name}
        {on && <Icon name="down" class={down ? "" : "flip"} />}
      </button>
    </div>
  );
}

interface Common {
  index: number;
  top: number;
  active: boolean;
  onClick: () => void;
}

function GroupRow({ item, index, top, active, onClick }: Common & { item: Extract<Item, { head: true }> }) {
  const g = store.group.value;
  return (
    <div id={`r${index}`} class={`row group ${active ? "active" : ""}`} role="row" aria-rowindex={index + 2} aria-expanded={!item.closed} style={{ transform: `translateY(${top}px)` }} onClick={onClick}>
      <div role="gridcell" class="cell" aria-colspan={COLUMNS.length}>
        <Icon name={item.closed ? "right" : "down"} />
        <b>{g === "verdict" ? item.label : safe(item.label) || "none"}</b>
        {g === "gateway" && <GatewayFacts at={item.rows[0]} />}
        {g === "hostname" && <Owners rows={item.rows} />}
        <span class="counts">
          {item.counts.map((n, v) =>
            n ? (
              <span key={v} class={`v-${VERDICTS[v]}`} title={`${n} ${VERDICTS[v]}`}>
                <Icon name={VERDICTS[v]} />
                {n}
                <span class="sr"> {VERDICTS[v]}</span>
              </span>
            ) : null,
          )}
        </span>
      </div>
    </div>
  );
}

/** Who answers for a host. */
function Owners({ rows }: { rows: Ref[] }) {
  const names = [...new Set(rows.filter(({ s, row }) => VERDICTS[s.verdict(row)] === "exposed").map(({ s, row }) => s.route(row).namespace))].sort();
  const some = names.slice(0, 4).map(safe).join(", ") + (names.length > 4 ? ` and ${names.length - 4} more` : "");
  if (!names.length) return <span class="dim">nobody answers</span>;
  return <span class={names.length > 1 ? "v-unknown" : "dim"}>{names.length > 1 ? `shared by ${some}` : `owned by ${some}`}</span>;
}

function GatewayFacts({ at: { s, row } }: { at: Ref }) {
  const g = s.gateway(row);
  const i = s.gatewayAt(g.namespace, g.name);
  if (i < 0) return <span class="dim">{g.kind === "Gateway" ? "not in the input" : g.kind}</span>;
  const addresses = s.gateways.text("addresses", i).split("\n").filter(Boolean);
  return (
    <span class="dim">
      {safe(s.gateways.text("class", i))} · {addresses.length ? safe(addresses.join(", ")) : "no address"} · {["external", "internal", "reach unknown"][s.gateways.num("reach", i)]}
    </span>
  );
}

function DataRow({ at: { s, row }, held, index, top, active, onClick }: Common & { at: Ref; held: Held }) {
  const selected = store.selection.value === store.rowSelection(s, row);
  const v = s.verdict(row);
  const why = s.why(row);
  const route = s.route(row);
  const gateway = s.gateway(row);
  const change = store.difference.value?.of(s, row);
  const shadowed = VERDICTS[v] === "shadowed";
  const w = weight(s, row);
  const addresses = s.addresses(row);
  const grouped = store.group.value === "gateway" && s.listenerName(row) !== "";
  const bare = s.bareAt(row) >= 0;
  const born = held.born || store.fresh.value.has(store.rowKey(s, row));
  const worst = Math.min(...[route, s.backend(row)].map((o) => (o && s.marks(o)?.worst) ?? 9));
  return (
    <div
      id={`r${index}`}
      class={`row ${active ? "active" : ""} ${selected ? "selected" : ""} ${held.ghost ? "ghost" : ""} ${born && !held.ghost ? "born" : ""} ${change && change !== "same" ? `ch-${change}` : ""}`}
      role="row"
      aria-rowindex={index + 2}
      aria-selected={selected}
      style={{ transform: `translateY(${top}px)` }}
      onClick={onClick}
    >
      <div role="gridcell" class="cell c-verdict" title={why}>
        <VerdictMark verdict={v} />
        {change && change !== "same" && <span class={`change ch-${change}`}>{change}</span>}
        {held.ghost ? <span class="why">gone</span> : <span class="why">{safe(why)}</span>}
      </div>
      <div role="gridcell" class={`cell c-url ${shadowed ? "lost" : ""}`}>
        <UrlText of={url(s, row)} />
      </div>
      <div role="gridcell" class="cell c-backend">
        {bare ? <span class="dim">no way in</span> : safe(target(s, row))}
        {w !== undefined && w !== 1 && <span class="dim"> ×{w}</span>}
      </div>
      <div role="gridcell" class="cell c-route">
        {worst <= 2 && <Icon name={worst === 1 ? "error" : "warning"} class={worst === 1 ? "v-blocked" : "v-unknown"} />}
        {route.kind !== "HTTPRoute" && <span class="dim">{safe(route.kind.replace("Route", ""))} </span>}
        {safe(path(route.namespace, route.name))}
      </div>
      <div role="gridcell" class="cell c-gateway">
        {store.several.value && <span class="cluster">{safe(s.name)}</span>}
        {/* Under its Gateway's head, the listener is what is new. */}
        <span class={grouped ? "sr" : ""}>
          {safe(gateway.name)}
          {s.listenerName(row) ? " / " : ""}
        </span>
        <span class="dim">{safe(s.listenerName(row))}</span>
      </div>
      <div role="gridcell" class="cell c-address num" title={safe(addresses.join("\n"))}>
        {addresses.length ? safe(addresses[0]) : <span class="dim">none</span>}
        {addresses.length > 1 && <span class="dim"> +{addresses.length - 1}</span>}
      </div>
      <div role="gridcell" class={`cell c-reach reach-${reachName(s, row)}`}>{reachName(s, row)}</div>
    </div>
  );
}

/** How rows are grouped. */
export function GroupChooser() {
  const names: Record<Group, string> = { gateway: "gateway", hostname: "hostname", namespace: "namespace", verdict: "verdict", url: "address", none: "nothing" };
  const all = () => {
    const labels = store.arranged.value.items.flatMap((i) => (i.head ? [i.label] : []));
    store.closedGroups.value = store.closedGroups.value.size ? new Set() : new Set(labels);
  };
  return (
    <span class="chooser">
      <label>
        By{" "}
        <select value={store.group.value} onChange={(e) => ((store.group.value = e.currentTarget.value as Group), (store.closedGroups.value = new Set()))}>
          {GROUPS.map((g) => (
            <option key={g} value={g}>
              {names[g]}
            </option>
          ))}
        </select>
      </label>
      {store.group.value !== "none" && (
        <button class="link" onClick={all}>
          {store.closedGroups.value.size ? "Open all" : "Close all"}
        </button>
      )}
    </span>
  );
}

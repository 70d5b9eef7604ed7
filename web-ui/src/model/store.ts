//! What the page knows and shows, as signals. Everything that a reader chose stands in the URL (url.ts).

import { computed, signal } from "@preact/signals";
import type { FindingInfo, Settings } from "gatescope";
import { Difference } from "./diff";
import { arrange, type Group, type Ref, type Sort } from "./order";
import { compile, parse } from "./query";
import { VERDICTS, type Source } from "./source";

export type View = "table" | "topology" | "findings";
export type Phase = { kind: "starting" | "loading" | "empty" | "ready" } | { kind: "failed"; text: string; hint: string };

export const phase = signal<Phase>({ kind: "starting" });
export const module_ = signal({ version: "", sha256: "", profiles: ["auto"] as string[] });
export const settings = signal<Settings>({});
export const sources = signal<Source[]>([]);
/** Two sources are a difference, unless they are shown side by side. */
export const comparing = signal(false);

export const view = signal<View>("table");
export const query = signal("");
export const selection = signal("");
export const sort = signal<Sort>("order");
export const sortDown = signal(false);
export const group = signal<Group>("gateway");
export const closedGroups = signal<ReadonlySet<string>>(new Set());
/** Which source the topology shows. */
export const shown = signal(0);
export const dialog = signal<"" | "help" | "export" | "sources">("");
export const toast = signal("");
export const theme = signal<"auto" | "light" | "dark">("auto");
export const catalogue = signal<FindingInfo[]>([]);

export interface Folding {
  namespaces: boolean;
  hosts: boolean;
  /** Column that is folded altogether, or none. */
  column: "" | "listener" | "hostname" | "route";
  open: ReadonlySet<string>;
  closed: ReadonlySet<string>;
}
export const fold = signal<Folding>({ namespaces: false, hosts: false, column: "", open: new Set(), closed: new Set() });

/** Rows that came with the last live changes, by source and id. */
export const fresh = signal<ReadonlySet<string>>(new Set());

export const parsed = computed(() => parse(query.value));
export const difference = computed(() => {
  const [a, b] = sources.value;
  return comparing.value && a && b ? new Difference(a, b) : undefined;
});

/** Sources as they are now: of a difference, what came out of it. */
export const current = computed(() => (difference.value ? [difference.value.after] : sources.value));
/** Whether a name has to say of which source it is. */
export const several = computed(() => sources.value.length > 1 && !difference.value);

/** Every row there is. */
export const all = computed<Ref[]>(() => {
  const diff = difference.value;
  const out: Ref[] = [];
  for (const s of diff ? [diff.after, diff.before] : sources.value) {
    for (let row = 0; row < s.length; row++) if (!diff || diff.shown(s, row)) out.push({ s, row });
  }
  return out;
});

/** Hosts that routes of several namespaces answer for, by gateway and port. */
const contested = computed(() => {
  const out = new Map<Source, Set<string>>();
  for (const s of sources.value) {
    const namespaces = new Map<string, Set<number>>();
    const c = s.columns;
    for (let i = 0; i < c.length; i++) {
      if (c.state[i] > 1) continue;
      const l = c.listener[i];
      const k = `${c.listenerGatewayNamespace[l]}/${c.listenerGatewayName[l]}/${c.listenerPort[l]}/${c.hostname[i]}`;
      const set = namespaces.get(k) ?? new Set();
      set.add(c.routeNamespace[c.route[i]]);
      namespaces.set(k, set);
    }
    out.set(s, new Set([...namespaces].filter(([, n]) => n.size > 1).map(([k]) => k)));
  }
  return out;
});

export const rowKey = (s: Source, row: number): string => `${s.id}:${s.id_(row)}`;

/** The rows that the expression keeps. */
export const kept = computed<Ref[]>(() => {
  const q = parsed.value;
  if (!q.terms.length) return all.value;
  const test = compile(q, {
    change: (s, r) => difference.value?.of(s, r) ?? "",
    contested: (s, r) => {
      const c = s.columns;
      if (r >= c.length) return false;
      const l = c.listener[r];
      return contested.value.get(s)?.has(`${c.listenerGatewayNamespace[l]}/${c.listenerGatewayName[l]}/${c.listenerPort[l]}/${c.hostname[r]}`) ?? false;
    },
    fresh: (s, r) => fresh.value.has(rowKey(s, r)),
  });
  return all.value.filter(({ s, row }) => test(s, row));
});

export const arranged = computed(() => arrange(kept.value, sort.value, sortDown.value, group.value, closedGroups.value));

/** How many rows of each verdict, of all and not only of those kept. */
export const totals = computed(() => {
  const out = VERDICTS.map(() => 0);
  for (const { s, row } of all.value) out[s.verdict(row)]++;
  return out;
});

/** What a row is called in the URL and in a selection. */
export const rowSelection = (s: Source, row: number): string => `row:${s.id}:${s.id_(row)}`;
export const objectSelection = (s: Source, o: { kind: string; namespace: string; name: string }): string => `obj:${s.id}:${o.kind}/${o.namespace}/${o.name}`;
export const hostSelection = (s: Source, gateway: string, port: number, host: string): string => `host:${s.id}:${gateway}:${port}:${host}`;

/** A selection taken apart; `rest` is what follows the source. */
export function readSelection(text: string): { kind: string; s: Source; rest: string } | undefined {
  const m = /^([a-z]+):(\d+):(.*)$/s.exec(text);
  if (!m) return undefined;
  const s = sources.value.find((x) => x.id === Number(m[2]));
  return s && { kind: m[1], s, rest: m[3] };
}

let hide = 0;
export function say(text: string): void {
  toast.value = text;
  clearTimeout(hide);
  hide = setTimeout(() => (toast.value = ""), 4000) as unknown as number;
}

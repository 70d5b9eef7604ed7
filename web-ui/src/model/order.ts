//! Sorting and grouping of rows.

import { RANK, VERDICTS, reachName, target, url, urlText, type Source } from "./source";
import { byHost, path } from "./text";

/** A row of a source. */
export interface Ref {
  s: Source;
  row: number;
}

export const SORTS = ["order", "verdict", "url", "backend", "route", "gateway", "address", "reach"] as const;
export type Sort = (typeof SORTS)[number];
export const GROUPS = ["gateway", "hostname", "namespace", "verdict", "url", "none"] as const;
export type Group = (typeof GROUPS)[number];

const SORT_KEY: Record<Exclude<Sort, "order">, (r: Ref) => string> = {
  verdict: ({ s, row }) => `${RANK[s.verdict(row)]}${s.why(row)}`,
  url: ({ s, row }) => urlKey({ s, row }),
  backend: ({ s, row }) => target(s, row),
  route: ({ s, row }) => {
    const r = s.route(row);
    return `${r.namespace}/${r.name}/${String(row < s.columns.length ? s.columns.rule[row] : 0).padStart(4, "0")}`;
  },
  gateway: ({ s, row }) => {
    const g = s.gateway(row);
    return `${g.namespace}/${g.name}/${s.listenerName(row)}`;
  },
  address: ({ s, row }) => s.addresses(row).join(","),
  reach: ({ s, row }) => reachName(s, row),
};

const urlKey = ({ s, row }: Ref): string => {
  const u = url(s, row);
  return `${byHost(u.host)}\u0000${String(u.port).padStart(5, "0")}\u0000${u.path}`;
};

const GROUP_KEY: Record<Exclude<Group, "none">, (r: Ref) => string> = {
  gateway: ({ s, row }) => {
    const g = s.gateway(row);
    return path(g.namespace, g.name);
  },
  hostname: ({ s, row }) => s.hostname(row) || "any host",
  namespace: ({ s, row }) => s.route(row).namespace,
  verdict: ({ s, row }) => VERDICTS[s.verdict(row)],
  url: ({ s, row }) => urlText(url(s, row)),
};

/** What stands in the list: the head of a group, or a row. */
export type Item = { head: true; id: string; label: string; first: number; rows: Ref[]; closed: boolean; counts: number[]; worst: number } | { head: false; id: string; ref: Ref; group: string };

export interface Arrangement {
  items: Item[];
  /** Rows, also within groups that are closed. */
  rows: Ref[];
}

/** Sorts, groups and folds. The order is total: equal rows stand as the report has them. */
export function arrange(rows: Ref[], sort: Sort, down: boolean, group: Group, closed: ReadonlySet<string>): Arrangement {
  let sorted = rows;
  if (sort !== "order") {
    const keys = rows.map(SORT_KEY[sort]);
    const places = rows.map((_, i) => i);
    places.sort((a, b) => (keys[a] < keys[b] ? -1 : keys[a] > keys[b] ? 1 : 0) * (down ? -1 : 1) || a - b);
    sorted = places.map((i) => rows[i]);
  }
  if (group === "none") return { rows: sorted, items: sorted.map((ref) => ({ head: false, id: `${ref.s.id}:${ref.s.id_(ref.row)}`, ref, group: "" })) };
  const groups = new Map<string, Ref[]>();
  for (const ref of sorted) {
    const k = GROUP_KEY[group](ref);
    const list = groups.get(k);
    if (list) list.push(ref);
    else groups.set(k, [ref]);
  }
  const items: Item[] = [];
  const flat: Ref[] = [];
  const names = [...groups.keys()];
  const order = (k: string) => (group === "hostname" ? byHost(k) : group === "verdict" ? String(RANK[VERDICTS.indexOf(k as "exposed")]) : k);
  // A chosen order of the rows is the order of the groups' first rows too.
  if (sort === "order") names.sort((a, b) => (order(a) < order(b) ? -1 : 1));
  for (const label of names) {
    const list = groups.get(label)!;
    const counts = VERDICTS.map(() => 0);
    let worst = 0;
    for (const { s, row } of list) {
      const v = s.verdict(row);
      counts[v]++;
      if (RANK[v] < RANK[worst]) worst = v;
    }
    const shut = closed.has(label);
    items.push({ head: true, id: `g:${label}`, label, first: flat.length, rows: list, closed: shut, counts, worst });
    for (const ref of list) {
      flat.push(ref);
      if (!shut) items.push({ head: false, id: `${ref.s.id}:${ref.s.id_(ref.row)}`, ref, group: label });
    }
  }
  return { items, rows: flat };
}

//! What a client would notice between two snapshots: ways in that opened, closed, or lead elsewhere. A way in is
//! gateway, port, hostname and match, whatever stands behind it; the rules are those of `gatescope diff`.

import { target, weight, key, type Source } from "./source";

export const CHANGES = ["opened", "closed", "moved", "reweighted", "uncertain", "same"] as const;
export type ChangeKind = (typeof CHANGES)[number];

interface Way {
  s: Source;
  row: number;
  state: number;
  rows: number[];
}

function wayKey(s: Source, row: number): string {
  const c = s.columns;
  const [l, m] = [c.listener[row], c.match[row]];
  const type = c.text(c.matchPathType[m]);
  const value = c.text(c.matchPathValue[m]);
  const triples = (id: number, fold: boolean) => {
    const items = c.list(id);
    const out: string[] = [];
    for (let i = 0; i < items.length; i += 3) {
      const name = c.text(items[i + 1]);
      out.push([c.text(items[i]), fold ? name.toLowerCase() : name, c.text(items[i + 2])].join("\u0001"));
    }
    return [...new Set(out)].sort();
  };
  return JSON.stringify([
    c.text(c.listenerGatewayNamespace[l]), c.text(c.listenerGatewayName[l]), c.listenerPort[l], c.text(c.listenerProtocol[l]) === "UDP", c.text(c.hostname[row]),
    type, type === "PathPrefix" ? value.replace(/\/+$/, "") : value, c.text(c.matchMethod[m]), triples(c.matchHeaders[m], true), triples(c.matchQuery[m], false),
    c.text(c.matchGrpcType[m]), c.text(c.matchGrpcService[m]), c.text(c.matchGrpcMethod[m]),
  ]);
}

/** Of several rows of one way, who answers: exposed, else unknown, else blocked. */
const FIRST = [0, 3, 2, 1];

function ways(s: Source): Map<string, Way> {
  const out = new Map<string, Way>();
  for (let row = 0; row < s.columns.length; row++) {
    const k = wayKey(s, row);
    const known = out.get(k);
    const state = s.columns.state[row];
    if (!known) out.set(k, { s, row, state, rows: [row] });
    else {
      known.rows.push(row);
      if (FIRST.indexOf(state) < FIRST.indexOf(known.state)) Object.assign(known, { row, state });
    }
  }
  return out;
}

const own = (w: Way): number[] => {
  const c = w.s.columns;
  return w.rows.filter((r) => c.route[r] === c.route[w.row] && c.rule[r] === c.rule[w.row] && c.matchIndex[r] === c.matchIndex[w.row] && c.state[r] === w.state);
};
const served = (w: Way, shares: boolean): string =>
  key(w.s.route(w.row)) + [...new Set(own(w).map((r) => target(w.s, r) + (shares ? ` ${weight(w.s, r) ?? ""}` : "")))].sort().join();

/** Two snapshots, compared. */
export class Difference {
  readonly counts: Record<ChangeKind, number> = { opened: 0, closed: 0, moved: 0, reweighted: 0, uncertain: 0, same: 0 };
  #kinds = new Map<Source, Map<number, ChangeKind>>();
  #other = new Map<string, { s: Source; rows: number[] }>();
  constructor(
    readonly before: Source,
    readonly after: Source,
  ) {
    this.#kinds.set(before, new Map());
    this.#kinds.set(after, new Map());
    const [old, now] = [ways(before), ways(after)];
    for (const k of new Set([...old.keys(), ...now.keys()])) {
      const [was, is] = [old.get(k), now.get(k)];
      const kind = this.#judge(was, is);
      this.counts[kind]++;
      for (const w of [was, is]) for (const row of w?.rows ?? []) this.#kinds.get(w!.s)!.set(row, kind);
      if (was) for (const row of is?.rows ?? []) this.#other.set(`${is!.s.id}:${row}`, { s: before, rows: own(was) });
      if (is) for (const row of was?.rows ?? []) this.#other.set(`${was!.s.id}:${row}`, { s: after, rows: own(is) });
    }
  }

  #judge(was: Way | undefined, is: Way | undefined): ChangeKind {
    const state = (w: Way | undefined) => (w ? (w.state === 1 ? 2 : w.state) : 2);
    const [a, b] = [state(was), state(is)];
    if (a === b) {
      if (a !== 0 || !was || !is) return "same";
      return served(was, false) !== served(is, false) ? "moved" : served(was, true) !== served(is, true) ? "reweighted" : "same";
    }
    if (a === 3 || b === 3) return "uncertain";
    return b === 0 ? "opened" : "closed";
  }

  /** What became of a row's way in. */
  of(s: Source, row: number): ChangeKind {
    return this.#kinds.get(s)?.get(row) ?? "same";
  }
  /** Who answers on the other side. */
  other(s: Source, row: number): { s: Source; rows: number[] } | undefined {
    return this.#other.get(`${s.id}:${row}`);
  }
  /** Whether a row stands in the list: all of after, and of before what is gone. */
  shown(s: Source, row: number): boolean {
    return s === this.after || (row < s.columns.length && this.of(s, row) === "closed" && !this.other(s, row)) || this.of(s, row) === "uncertain" && !this.other(s, row);
  }
}

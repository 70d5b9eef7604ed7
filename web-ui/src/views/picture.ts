//! A laid-out topology: what is where, in window coordinates. The order and the heights come from the core; this only
//! gives the columns their widths and finds what is in sight.

import { Table } from "../model/table";
import type { Laid } from "../worker/protocol";

export const ROW = 40;
export const BOX = 34;
export const GAP = 22;
const WEIGHTS = [0.85, 1.1, 1.1, 1.75, 1.45, 1.25, 1.5];
const LEAST = 1040;
export const COLUMN_NAMES = ["Class", "Gateway", "Listener", "Hostname", "Route", "Rule", "Backend"];

export interface Node {
  index: number;
  key: string;
  column: number;
  parent: number;
  y: number;
  height: number;
}

export class Picture {
  readonly nodes: Table;
  readonly height: number;
  readonly count: number;
  readonly lastChild: Int32Array;
  readonly columns = new Array<number>(7).fill(0);
  #y: Uint32Array;
  #keys?: Map<string, number>;
  constructor(readonly laid: Laid) {
    this.nodes = new Table(laid.nodes);
    this.count = this.nodes.length;
    this.height = laid.height;
    this.#y = this.nodes.col("y") as Uint32Array;
    this.lastChild = new Int32Array(this.count).fill(-1);
    const parents = this.nodes.col("parent");
    const column = this.nodes.col("column");
    for (let i = 0; i < this.count; i++) {
      if (parents[i] >= 0) this.lastChild[parents[i]] = i;
      this.columns[column[i]]++;
    }
  }
  node(i: number): Node {
    const t = this.nodes;
    return { index: i, key: t.text("key", i), column: t.num("column", i), parent: t.num("parent", i), y: this.#y[i], height: t.num("height", i) };
  }
  find(key: string): number {
    if (!this.#keys) {
      this.#keys = new Map();
      for (let i = 0; i < this.count; i++) this.#keys.set(this.nodes.text("key", i), i);
    }
    return this.#keys.get(key) ?? -1;
  }
  /** The first node at or below a height. */
  firstAt(y: number): number {
    let [from, to] = [0, this.count];
    while (from < to) {
      const mid = (from + to) >> 1;
      if (this.#y[mid] < y) from = mid + 1;
      else to = mid;
    }
    return from;
  }
  /** Nodes whose box, or whose subtree's pinned box, is between two heights. */
  between(top: number, bottom: number): number[] {
    const out: number[] = [];
    const first = this.firstAt(Math.max(0, top - ROW));
    const parents = this.nodes.col("parent");
    const above: number[] = [];
    for (let p = first < this.count ? parents[first] : this.count ? this.#chainEnd() : -1; p >= 0; p = parents[p]) above.push(p);
    out.push(...above.reverse());
    for (let i = first; i < this.count && this.#y[i] < bottom; i++) out.push(i);
    return out;
  }
  #chainEnd(): number {
    return this.nodes.num("parent", this.count - 1);
  }
  /** Nodes under one: they follow it, and stand further to the right. */
  below(i: number): number[] {
    const out: number[] = [];
    const column = this.nodes.col("column");
    for (let k = i + 1; k < this.count && column[k] > column[i]; k++) out.push(k);
    return out;
  }
  ancestors(i: number): Set<number> {
    const out = new Set<number>();
    for (let p = i; p >= 0; p = this.nodes.num("parent", p)) out.add(p);
    return out;
  }
}

/** Left edges and widths of the columns in a given width. */
export function columnsIn(width: number): { x: number[]; w: number[]; total: number } {
  const total = Math.max(LEAST, width) - 16;
  const sum = WEIGHTS.reduce((a, b) => a + b, 0);
  const room = total - GAP * 6;
  const w = WEIGHTS.map((k) => Math.floor((room * k) / sum));
  const x: number[] = [];
  let at = 8;
  for (const width_ of w) {
    x.push(at);
    at += width_ + GAP;
  }
  return { x, w, total: at - GAP + 8 };
}

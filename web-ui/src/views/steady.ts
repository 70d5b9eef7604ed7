//! Nothing moves under the reader. After a live change the list keeps its order: rows that went stay as ghosts, rows
//! that came are put in where nobody looks, and are announced where somebody does.

import type { Item } from "../model/order";

export interface Held {
  item: Item;
  /** It is no more. */
  ghost: boolean;
  /** It came with the last change. */
  born: boolean;
}

export interface Steady {
  items: Held[];
  /** How many rows came in above the window: scroll by as many. */
  above: number;
  /** Rows that wait for the reader's leave, and rows that are ghosts. */
  waiting: number;
  ghosts: number;
}

export const adopt = (now: Item[]): Steady => ({ items: now.map((item) => ({ item, ghost: false, born: false })), above: 0, waiting: 0, ghosts: 0 });

/** Joins what stood there with what is now; `from` to `to` is what the reader sees. */
export function join(old: Held[], now: Item[], from: number, to: number): Steady {
  const place = new Map(old.map((h, i) => [h.item.id, i]));
  const after = new Map<number, Item[]>();
  let previous = -1;
  let waiting = 0;
  let above = 0;
  const current = new Map<string, Item>();
  for (const item of now) {
    current.set(item.id, item);
    const at = place.get(item.id);
    if (at !== undefined) {
      previous = at;
      continue;
    }
    const gap = previous + 1;
    // Between the first and the last row that is seen, or right after the last where the list ends in sight.
    if (gap > from && gap <= to) {
      waiting++;
      continue;
    }
    if (gap <= from && from > 0) above++;
    const list = after.get(previous);
    if (list) list.push(item);
    else after.set(previous, [item]);
  }
  const items: Held[] = [];
  let ghosts = 0;
  const put = (i: number) => after.get(i)?.forEach((item) => items.push({ item, ghost: false, born: true }));
  put(-1);
  old.forEach((h, i) => {
    const item = current.get(h.item.id);
    if (!item) ghosts++;
    items.push({ item: item ?? h.item, ghost: !item, born: false });
    put(i);
  });
  return { items, above, waiting, ghosts };
}

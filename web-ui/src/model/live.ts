//! Follows the exporter: its own changes, fed to this page's copy of the resolver. Nothing moves under the reader: who
//! shows rows holds still and is told how many came and went (views/steady.ts).

import { batch, signal } from "@preact/signals";
import { ask } from "../worker/client";
import type { Opened, Ref } from "../worker/protocol";
import * as health from "./health";
import * as open from "./open";
import { Source } from "./source";
import * as store from "./store";

export type State = "off" | "connecting" | "live" | "lost";
export const state = signal<State>("off");
export const paused = signal(false);
/** Changes that wait while paused. */
export const waiting = signal(0);
/** What the exporter said first, and since when changes are counted from there. */
export const earlier = signal<{ source: Source; time: string } | undefined>(undefined);
/** Objects that changed since then. */
export const changes = signal(0);
/** Ids of earlier states, which are no sources of the worker. */
const EARLIER = 1_000_000;

interface Event_ {
  from: number;
  revision: number;
  applied: unknown[];
  deleted: Ref[];
}

let stream: EventSource | undefined;
let queue: Event_[] = [];
let busy = false;
let at = -1;

export function stop(): void {
  health.stop();
  stream?.close();
  stream = undefined;
  queue = [];
  at = -1;
  batch(() => {
    state.value = "off";
    waiting.value = 0;
    paused.value = false;
    earlier.value = undefined;
    changes.value = 0;
  });
}

/** From here on: what comes later is a change. */
export function mark(): void {
  const now = store.sources.value.at(-1);
  if (!now) return;
  const time = new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  batch(() => {
    earlier.value = { time, source: new Source(EARLIER + now.id, `${now.name} at ${time}`, now.origin, now.opened, now.id) };
    changes.value = 0;
    compare(false);
  });
}

/** Shows what changed since the mark, or again all that is. */
export function compare(on: boolean): void {
  const now = store.sources.value.at(-1);
  if (!now || !earlier.value) return;
  batch(() => {
    store.comparing.value = on;
    store.sources.value = on && earlier.value ? [earlier.value.source, now] : [now];
  });
}

/** Follows a source from the revision that its snapshot had. */
export function follow(source: Source, revision: string): void {
  stop();
  if (source.origin.kind !== "exporter" || typeof EventSource === "undefined") return;
  at = revision ? Number(revision) : -1;
  mark();
  health.watch(source.origin.base);
  state.value = "connecting";
  const address = new URL("api/v1/events?feed=objects", source.origin.base);
  if (at >= 0) address.searchParams.set("since", String(at));
  const es = (stream = new EventSource(address));
  es.onopen = () => {
    state.value = "live";
    health.soon();
  };
  es.onerror = () => {
    // The browser tries again by itself, unless the server refused.
    state.value = es.readyState === EventSource.CLOSED ? "off" : "lost";
  };
  const take = (e: MessageEvent<string>) => {
    let change: Event_;
    try {
      change = JSON.parse(e.data) as Event_;
    } catch {
      return void resync();
    }
    if (!Array.isArray(change.applied)) return;
    if (at >= 0 && change.revision <= at) return;
    if (at >= 0 && change.from > at && !queue.length) return void resync();
    queue.push(change);
    waiting.value = queue.length;
    void drain();
  };
  es.addEventListener("objects", take as EventListener);
  es.addEventListener("revision", (e) => {
    if (at < 0) at = (JSON.parse((e as MessageEvent<string>).data) as { revision: number }).revision;
  });
  es.addEventListener("resync", () => void resync());
}

/** After a gap: the whole snapshot again, in place of the old one. */
async function resync(): Promise<void> {
  stop();
  await open.exporter();
}

export function pause(on: boolean): void {
  paused.value = on;
  if (!on) void drain();
}

async function drain(): Promise<void> {
  if (busy || paused.value || !queue.length) return;
  const source = store.sources.value.at(-1);
  if (!source || source.origin.kind !== "exporter") return;
  busy = true;
  const events = queue;
  queue = [];
  try {
    // Many events are one change: the last state of an object wins.
    const last = new Map<string, { put?: string; remove?: Ref }>();
    const name = (o: Ref) => `${o.kind}/${o.namespace ?? ""}/${o.name}`;
    for (const c of events) {
      for (const o of c.applied as { kind: string; metadata: Ref }[]) last.set(name({ ...o.metadata, kind: o.kind }), { put: JSON.stringify(o) });
      for (const r of c.deleted) last.set(name(r), { remove: r });
    }
    const put = [...last.values()].flatMap((c) => c.put ?? []);
    const remove = [...last.values()].flatMap((c) => c.remove ?? []);
    const done: Opened & { opened: string[]; closed: string[]; changed: string[] } = await ask("apply", { source: source.id, put, remove });
    at = events[events.length - 1].revision;
    batch(() => {
      store.fresh.value = new Set(done.opened.map((id) => `${source.id}:${id}`));
      store.sources.value = [...store.sources.value.slice(0, -1), new Source(source.id, source.name, source.origin, done)];
      waiting.value = queue.length;
      changes.value += last.size;
    });
    health.soon();
  } catch {
    await resync();
  } finally {
    busy = false;
  }
  void drain();
}

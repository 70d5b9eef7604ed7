//! How the exporter itself does: what it cannot see, and findings that need a clock or traffic. A picture that may lack
//! something says so.

import { computed, signal } from "@preact/signals";
import type { Finding } from "gatescope";

interface Runtime {
  ready: boolean;
  engine: { kind: string; down: boolean; stale?: string; leftOut: number };
  sources: { kind: string; version: string; synced: boolean; objects: number; badObjects: number; cause?: string }[];
  findings: Finding[];
}

const EVERY = 20_000;
export const runtime = signal<Runtime | undefined>(undefined);

/** What is wrong with it, a line each. */
export const troubles = computed(() => {
  const r = runtime.value;
  if (!r) return [];
  const out: string[] = [];
  if (r.engine.down) out.push("its resolver is down: it answers with what it held last");
  if (r.engine.stale) out.push(r.engine.stale);
  if (r.engine.leftOut) out.push(`objects left out, because the resolver fails on them: ${r.engine.leftOut}`);
  for (const s of r.sources) {
    if (s.cause) out.push(`${s.kind}: ${s.cause}`);
    else if (!s.synced) out.push(`${s.kind}: not read yet`);
    else if (s.badObjects) out.push(`${s.kind}: objects that could not be read: ${s.badObjects}`);
  }
  return out;
});

let timer = 0;
let where: URL | undefined;

async function look(): Promise<void> {
  clearTimeout(timer);
  const from = where;
  if (!from) return;
  if (!document.hidden) {
    try {
      const answer = await fetch(from);
      if (answer.ok && from === where) runtime.value = (await answer.json()) as Runtime;
    } catch {
      // It is away: the head says so already.
    }
  }
  if (from === where) timer = setTimeout(look, EVERY) as unknown as number;
}

/** Begins to look after an exporter. */
export function watch(base: string): void {
  where = new URL("api/v1/runtime", base);
  void look();
}

/** Something changed: looks again, soon. */
export function soon(): void {
  clearTimeout(timer);
  if (where) timer = setTimeout(look, 500) as unknown as number;
}

export function stop(): void {
  clearTimeout(timer);
  where = undefined;
  runtime.value = undefined;
}

//! The page's end of the worker.

import type { Calls, Name, Reply } from "./protocol";

const block = (id: string) => document.getElementById(id)?.textContent?.trim() ?? "";

/** Bytes of a block of base64 in the page. */
export function inlined(id: string): Uint8Array<ArrayBuffer> | undefined {
  const text = block(id);
  if (!text) return undefined;
  const binary = atob(text);
  const out = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) out[i] = binary.charCodeAt(i);
  return out;
}

/** In a page that is one file the worker is a block of it. */
function make(): Worker {
  const own = inlined("gatescope-worker");
  if (own) return new Worker(URL.createObjectURL(new Blob([own], { type: "text/javascript" })));
  return new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
}

const waiting = new Map<number, { done: (out: never) => void; fail: (e: Error) => void }>();
let worker: Worker | undefined;
let next = 0;

/** Set by who wants to know that the resolver died. */
export let onLost: (why: string) => void = () => undefined;
export const whenLost = (tell: (why: string) => void): void => void (onLost = tell);

function connect(): Worker {
  const w = make();
  w.onmessage = (e: MessageEvent<Reply>) => {
    const reply = e.data;
    const who = waiting.get(reply.id);
    waiting.delete(reply.id);
    if ("error" in reply) {
      who?.fail(new Error(reply.error));
      if (reply.lost) onLost(reply.error);
    } else who?.done(reply.out as never);
  };
  w.onerror = (e) => {
    const why = e.message || "the worker could not be started";
    for (const who of waiting.values()) who.fail(new Error(why));
    waiting.clear();
    onLost(why);
  };
  return w;
}

/** Asks the worker. Buffers of the question that are named are handed over. */
export function ask<N extends Name>(name: N, input: Calls[N]["in"], transfer: Transferable[] = []): Promise<Calls[N]["out"]> {
  worker ??= connect();
  const id = next++;
  return new Promise((done, fail) => {
    waiting.set(id, { done, fail });
    worker!.postMessage({ id, name, in: input }, transfer);
  });
}

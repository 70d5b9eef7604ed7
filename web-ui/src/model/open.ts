//! Where snapshots come from: the exporter that served the page, the page itself, or files that were dropped.

import { batch } from "@preact/signals";
import { ask, inlined, whenLost } from "../worker/client";
import type { Text } from "../worker/protocol";
import wasm from "../../../wasm/pkg/gatescope.wasm?url";
import * as live from "./live";
import { Source, type Origin } from "./source";
import * as store from "./store";
import { count } from "./text";

let next = 0;

/** Where the exporter's API is, seen from the page. */
export const base = new URL("./", location.href);

function place(list: Source[], compare: boolean): void {
  batch(() => {
    store.sources.value = list;
    store.comparing.value = compare;
    const rows = list.reduce((n, s) => n + s.columns.length, 0);
    // Large pictures start folded; the page says so and unfolds at a click.
    if (rows > 2000 && !store.fold.value.open.size && !store.fold.value.namespaces && !store.fold.value.hosts) {
      store.fold.value = { ...store.fold.value, namespaces: true, hosts: true };
    }
    store.phase.value = { kind: "ready" };
    if (!store.readSelection(store.selection.value)) store.selection.value = "";
    document.title = `${list.map((s) => s.name).join(compare ? " → " : ", ")} · gatescope`;
  });
}

function failed(error: unknown, hint: string): void {
  store.phase.value = { kind: "failed", text: error instanceof Error ? error.message : String(error), hint };
}

/** Starts the module and shows what there is to show. */
export async function start(): Promise<void> {
  whenLost((why) => failed(new Error(`the resolver died: ${why}`), "reload the page; if it happens again, the snapshot that did it is worth a bug report"));
  try {
    const own = inlined("gatescope-module");
    const module = own ? own.buffer : new URL(wasm, location.href).href;
    store.module_.value = await ask("start", { module }, own ? [own.buffer] : []);
  } catch (e) {
    return failed(e, "the page needs WebAssembly, and its own files beside it");
  }
  void ask("catalogue", {}).then((c) => (store.catalogue.value = c));
  const data = document.getElementById("gatescope-data");
  const bytes = inlined("gatescope-data");
  if (data && bytes) {
    store.settings.value = JSON.parse(data.dataset.settings || "{}") as object;
    const texts: Text[] = [{ name: data.dataset.name || "inlined", bytes: bytes.buffer }];
    return load([{ name: data.dataset.name || "snapshot", texts, origin: { kind: "inlined" } }], false);
  }
  if (!document.getElementById("gatescope-worker") && /^https?:$/.test(location.protocol)) return exporter();
  store.phase.value = { kind: "empty" };
}

/** Asks the exporter that served the page for its snapshot, and follows it. */
export async function exporter(): Promise<void> {
  store.phase.value = { kind: "loading" };
  const id = next++;
  try {
    const opened = await ask("fetch", { source: id, url: new URL("api/v1/snapshot", base).href, settings: store.settings.value });
    const source = new Source(id, opened.cluster || location.host, { kind: "exporter", base: base.href }, opened);
    place([source], false);
    live.follow(source, opened.feed);
  } catch (e) {
    const gone = e instanceof Error && / (404|405) /.test(`${e.message} `);
    if (gone) store.phase.value = { kind: "empty" };
    else failed(e, "is the exporter still there? a dump can be dropped on this page too");
  }
}

export interface Named {
  name: string;
  texts: Text[];
  origin: Origin;
}

/** Resolves snapshots. Two with `compare` are a difference, several without stand side by side. */
export async function load(list: Named[], compare: boolean): Promise<void> {
  live.stop();
  store.phase.value = { kind: "loading" };
  try {
    const opened: Source[] = [];
    for (const { name, texts, origin } of list) {
      const id = next++;
      const keep = origin.kind === "files" ? texts : [];
      const given = texts.map((t) => ({ name: t.name, bytes: keep.length ? t.bytes.slice(0) : t.bytes }));
      const answer = await ask("open", { source: id, texts: given, settings: store.settings.value }, given.map((t) => t.bytes));
      opened.push(new Source(id, answer.cluster || name, keep.length ? { kind: "files", texts: keep } : origin, answer));
    }
    for (const s of store.sources.value) void ask("close", { source: s.asks });
    next = Math.max(next, ...opened.map((s) => s.id + 1));
    place(opened, compare && opened.length === 2);
    const bad = opened.flatMap((s) => s.problems);
    const objects = opened.reduce((n, s) => n + s.opened.objects, 0);
    if (!objects) failed(new Error(bad[0] ? `${bad[0].where}: ${bad[0].message}` : "there is no Kubernetes object in it"), "drop what `kubectl get … -o yaml` or `-o json` prints");
    else if (bad.length) store.say(`${count(bad.length, "problem")} while reading; see the sources`);
  } catch (e) {
    failed(e, "drop what `kubectl get … -o yaml` or `-o json` prints");
  }
}

const KNOWN = /\.(ya?ml|json)(\.gz)?$/i;

/** Files that were dropped or chosen: one snapshot each, or all one snapshot, or a difference of two. */
export async function files(list: File[], how: "together" | "compare" | "beside"): Promise<void> {
  const some = list.length > 1 ? list.filter((f) => KNOWN.test(f.name)) : list;
  if (!some.length) return store.say("no YAML or JSON file among these");
  some.sort((a, b) => (a.name < b.name ? -1 : 1));
  const texts = await Promise.all(some.map(async (f) => ({ name: f.name, bytes: await f.arrayBuffer() })));
  const named = (t: Text): Named => ({ name: t.name.replace(KNOWN, ""), texts: [t], origin: { kind: "files", texts: [t] } });
  if (how === "together") await load([{ name: some.length === 1 ? some[0].name.replace(KNOWN, "") : count(some.length, "file"), texts, origin: { kind: "files", texts } }], false);
  else await load(texts.map(named), how === "compare");
}

/** Resolves again what is there, with other settings. */
export async function again(): Promise<void> {
  const list = store.sources.value;
  if (list.some((s) => s.origin.kind === "exporter")) return exporter();
  if (list.every((s) => s.origin.kind === "files")) {
    await load(list.map((s) => ({ name: s.name, texts: s.origin.kind === "files" ? s.origin.texts : [], origin: s.origin })), store.comparing.value);
  } else await start();
}

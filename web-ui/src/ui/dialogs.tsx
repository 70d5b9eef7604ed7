//! Help, sources and settings, export.

import { useEffect, useRef } from "preact/hooks";
import type { ComponentChildren } from "preact";
import { EXPORTS, run } from "../export/export";
import * as health from "../model/health";
import * as open from "../model/open";
import { FIELDS } from "../model/query";
import * as store from "../model/store";
import { count, safe } from "../model/text";
import { ModalClose } from "./parts";

function Dialog({ title, children }: { title: string; children: ComponentChildren }) {
  const ref = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const d = ref.current;
    d?.showModal();
    return () => d?.close();
  }, []);
  // It is told a moment later: by then the next dialog may be open, which is not the one that closed.
  const closed = () => ref.current?.isConnected && (store.dialog.value = "");
  return (
    <dialog ref={ref} aria-labelledby="dialog-title" onCancel={closed} onClose={closed} onClick={(e) => e.target === ref.current && (store.dialog.value = "")}>
      <div class="dialog">
        <h2 id="dialog-title">{title}</h2>
        <ModalClose />
        {children}
      </div>
    </dialog>
  );
}

const KEYS: [string, string][] = [
  ["/", "search"],
  ["u", "which route serves this URL?"],
  ["1 2 3", "table, topology, findings"],
  ["g", "go to the list or picture"],
  ["↑ ↓ j k", "move; in the topology within the column"],
  ["← →", "parent and child in the topology; close and open groups in the table"],
  ["Enter", "select: details open"],
  ["Space", "fold, unfold"],
  ["d", "go to the details"],
  ["Esc", "close details, leave a box"],
  ["p", "pause and follow again, when live"],
  ["e", "export"],
  ["?", "this page"],
];

export function Dialogs() {
  switch (store.dialog.value) {
    case "help":
      return <Help />;
    case "sources":
      return <Sources />;
    case "export":
      return <Export />;
    default:
      return null;
  }
}

function Help() {
  return (
    <Dialog title="Keys and expressions">
      <div class="two">
        <section>
          <h3>Keys</h3>
          <dl class="facts keys">
            {KEYS.map(([k, what]) => (
              <>
                <dt>
                  {k.split(" ").map((x) => (
                    <kbd key={x}>{x}</kbd>
                  ))}
                </dt>
                <dd>{what}</dd>
              </>
            ))}
          </dl>
        </section>
        <section>
          <h3>Expressions</h3>
          <p>
            Words and <code>field:value</code>, joined by "and"; a comma is "or", a minus is "not", <code>*</code> is anything.
          </p>
          <p>
            <code>host:shop.example.com is:exposed,shadowed -ns:infra</code>
          </p>
          <dl class="facts">
            {Object.entries(FIELDS).map(([f, what]) => (
              <>
                <dt>
                  <code>{f}:</code>
                </dt>
                <dd>{what}</dd>
              </>
            ))}
          </dl>
        </section>
      </div>
      <p class="dim">The resolver runs in this tab. View, search and selection are in the address: a copied link shows the same.</p>
    </Dialog>
  );
}

export function pick(how: "together" | "compare" | "beside"): void {
  const input = document.createElement("input");
  input.type = "file";
  input.multiple = true;
  input.accept = ".yaml,.yml,.json,.gz";
  input.onchange = () => {
    store.dialog.value = "";
    void open.files([...(input.files ?? [])], how);
  };
  input.click();
}

function Sources() {
  const list = store.sources.value;
  const set = (change: object) => {
    store.settings.value = { ...store.settings.value, ...change };
    store.dialog.value = "";
    void open.again();
  };
  return (
    <Dialog title="Sources">
      {list.map((s) => (
        <section key={s.id} class="source-item">
          <h3>
            <bdi>{safe(s.name)}</bdi>
          </h3>
          <p class="dim">
            {s.origin.kind === "exporter" ? `the exporter at ${s.origin.base}` : s.origin.kind === "inlined" ? "comes with this page" : `${count(s.origin.texts.length, "file")}, read in this tab`} · {count(s.opened.objects, "object")} ·{" "}
            {count(s.columns.length, "row")} · {count(s.opened.summary.gateways, "Gateway")}
          </p>
          {s.origin.kind === "exporter" && health.troubles.value.length > 0 && (
            <>
              <p>What is shown may lack something:</p>
              <ul class="plain-rows">
                {health.troubles.value.slice(0, 50).map((t) => (
                  <li key={t} class="v-unknown">
                    {safe(t)}
                  </li>
                ))}
              </ul>
            </>
          )}
          {s.problems.length > 0 && (
            <ul class="plain-rows">
              {s.problems.slice(0, 50).map((p) => (
                <li key={p.where + p.message} class="v-blocked">
                  <code>{safe(p.where)}</code> {safe(p.message)}
                </li>
              ))}
            </ul>
          )}
        </section>
      ))}
      <h3>Open others</h3>
      <p class="row-of">
        <button class="button" onClick={() => pick("together")}>
          Files as one snapshot…
        </button>
        <button class="button" onClick={() => pick("compare")}>
          Two files as before and after…
        </button>
        <button class="button" onClick={() => pick("beside")}>
          Clusters side by side…
        </button>
      </p>
      <p class="dim">Or drop them on the page. What is opened here never leaves this tab.</p>
      <h3>Resolve as</h3>
      <p class="row-of">
        <label>
          Profile{" "}
          <select value={store.settings.value.profile ?? "auto"} onChange={(e) => set({ profile: e.currentTarget.value })}>
            {store.module_.value.profiles.map((p) => (
              <option key={p}>{p}</option>
            ))}
          </select>
        </label>
        <label>
          <input type="checkbox" checked={store.settings.value.complete ?? false} onChange={(e) => set({ complete: e.currentTarget.checked })} /> The input is complete: what is not in it does not exist
        </label>
      </p>
    </Dialog>
  );
}

function Export() {
  return (
    <Dialog title="Export">
      <p class="dim">
        {count(store.kept.value.length, "row")} of {store.all.value.length}, from the model and not from the screen.
      </p>
      <ul class="exports">
        {EXPORTS.map((x) => (
          <li key={x.name}>
            <button class="button" onClick={() => void run(x).then(() => (store.dialog.value = ""))}>
              {x.name}
            </button>
            <span>{x.about}</span>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}

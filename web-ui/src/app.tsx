//! The page.

import { useEffect, useState } from "preact/hooks";
import * as live from "./model/live";
import * as open from "./model/open";
import * as store from "./model/store";
import { safe } from "./model/text";
import { Panel } from "./panel/panel";
import { Chips } from "./ui/chips";
import { Dialogs, pick } from "./ui/dialogs";
import { Boxes, Header, StatusBar } from "./ui/header";
import { Icon, Sprite } from "./ui/icons";
import { Copyable } from "./ui/parts";
import { FindingsView } from "./views/findings";
import { GroupChooser, TableView } from "./views/table";
import { FoldChooser, Topology } from "./views/topology";

export function App() {
  return (
    <DropZone>
      <Sprite />
      <Header />
      <Body />
      <Dialogs />
      <div class="toast" role="status" aria-live="polite">
        {store.toast.value && <span>{safe(store.toast.value)}</span>}
      </div>
    </DropZone>
  );
}

function Body() {
  const p = store.phase.value;
  if (p.kind === "failed") {
    return (
      <main class="middle">
        <Icon name="error" class="v-blocked big" />
        <h1>This did not work</h1>
        <p role="alert">{safe(p.text)}</p>
        <p class="dim">{p.hint}</p>
        <p class="row-of">
          <button class="button" onClick={() => location.reload()}>
            Reload
          </button>
          <button class="button" onClick={() => pick("together")}>
            Open files…
          </button>
        </p>
      </main>
    );
  }
  if (p.kind === "empty") return <Empty />;
  if (p.kind !== "ready") {
    return (
      <main class="middle" aria-busy="true">
        <p class="dim" role="status">
          {p.kind === "starting" ? "Starting the resolver…" : "Resolving…"}
        </p>
      </main>
    );
  }
  const v = store.view.value;
  return (
    <>
      <section aria-label="Search and filters" class="tools">
      <h1 class="sr">gatescope: what the cluster exposes</h1>
      <Boxes />
      <div class="bar">
        <Chips />
        <span class="gap" />
        {v === "table" && <GroupChooser />}
        {v === "topology" && <FoldChooser />}
        {v === "topology" && store.sources.value.length > 1 && !store.difference.value && (
          <label class="chooser">
            Cluster{" "}
            <select value={store.shown.value} onChange={(e) => (store.shown.value = Number(e.currentTarget.value))}>
              {store.sources.value.map((s, i) => (
                <option key={s.id} value={i}>
                  {s.name}
                </option>
              ))}
            </select>
          </label>
        )}
      </div>
      </section>
      <div class="work">
        <main id="view" aria-label={v}>
          {v === "table" ? <TableView /> : v === "topology" ? <Topology /> : <FindingsView />}
        </main>
        <Panel />
      </div>
      <StatusBar />
    </>
  );
}

const COMMANDS = ["gatescope snapshot -o dump.json", "kubectl get gatewayclasses,gateways,httproutes,grpcroutes,referencegrants,services,namespaces -A -o yaml > dump.yaml"];

function Empty() {
  return (
    <main class="middle">
      <h1>Drop a dump here</h1>
      <p>YAML or JSON, as kubectl prints it; one file, several, or two as before and after.</p>
      <div class="commands">
        {COMMANDS.map((c) => (
          <Copyable key={c} text={c} label="the command" />
        ))}
      </div>
      <p class="row-of">
        <button class="button primary" onClick={() => pick("together")}>
          Open files…
        </button>
        <button class="button" onClick={() => pick("compare")}>
          Compare two…
        </button>
      </p>
      <p class="dim">
        <Icon name="lock" /> It is resolved in this tab and never leaves it: the page's security policy allows no other place.
      </p>
    </main>
  );
}

/** Files may be dropped anywhere. Several ask what they are to each other. */
function DropZone({ children }: { children: preact.ComponentChildren }) {
  const [over, setOver] = useState(false);
  const [asked, ask] = useState<File[]>();
  useEffect(() => {
    const has = (e: DragEvent) => [...(e.dataTransfer?.types ?? [])].includes("Files");
    const enter = (e: DragEvent) => {
      if (!has(e)) return;
      e.preventDefault();
      setOver(true);
    };
    const leave = (e: DragEvent) => !e.relatedTarget && setOver(false);
    const drop = (e: DragEvent) => {
      if (!has(e)) return;
      e.preventDefault();
      setOver(false);
      const list = [...(e.dataTransfer?.files ?? [])];
      if (list.length > 1) ask(list);
      else void open.files(list, "together");
    };
    addEventListener("dragenter", enter);
    addEventListener("dragover", enter);
    addEventListener("dragleave", leave);
    addEventListener("drop", drop);
    return () => {
      removeEventListener("dragenter", enter);
      removeEventListener("dragover", enter);
      removeEventListener("dragleave", leave);
      removeEventListener("drop", drop);
    };
  }, []);
  useEffect(() => keys(), []);
  const go = (how: "together" | "compare" | "beside") => {
    if (asked) void open.files(asked, how);
    ask(undefined);
  };
  return (
    <div class="page">
      {children}
      {over && <div class="drop">Drop to resolve it in this tab</div>}
      {asked && (
        <div
          class="drop asks"
          role="dialog"
          aria-modal="true"
          aria-label="What are these files?"
          onKeyDown={(e) => {
            e.stopPropagation();
            if (e.key === "Escape") ask(undefined);
          }}
        >
          <h2>What are these files?</h2>
          <p class="dim">{asked.map((f) => safe(f.name)).join(", ")}</p>
          <p class="row-of">
            <button class="button primary" autofocus onClick={() => go("together")}>
              One snapshot
            </button>
            {asked.length === 2 && (
              <button class="button" onClick={() => go("compare")}>
                Before and after
              </button>
            )}
            <button class="button" onClick={() => go("beside")}>
              Clusters side by side
            </button>
            <button class="button" onClick={() => ask(undefined)}>
              Cancel
            </button>
          </p>
        </div>
      )}
    </div>
  );
}

/** Keys that work everywhere. */
function keys(): () => void {
  const focus = (selector: string) => document.querySelector<HTMLElement>(selector)?.focus();
  const main = () => focus(store.view.value === "table" ? ".grid" : store.view.value === "topology" ? ".node[tabindex='0'], .node" : ".findings");
  const steps: Record<string, () => void> = {
    "/": () => focus("#search"),
    u: () => focus("#ask"),
    "1": () => (store.view.value = "table"),
    "2": () => (store.view.value = "topology"),
    "3": () => (store.view.value = "findings"),
    g: main,
    d: () => focus(".panel"),
    e: () => (store.dialog.value = "export"),
    p: () => live.state.value !== "off" && live.pause(!live.paused.value),
    "?": () => (store.dialog.value = "help"),
  };
  const press = (e: KeyboardEvent) => {
    if (store.phase.value.kind !== "ready" || store.dialog.value || e.ctrlKey || e.metaKey || e.altKey) return;
    const typing = e.target instanceof HTMLInputElement || e.target instanceof HTMLTextAreaElement || e.target instanceof HTMLSelectElement;
    if (e.key === "Escape") {
      if (typing) {
        (e.target as HTMLElement).blur();
        main();
      } else if (store.selection.value) {
        store.selection.value = "";
        main();
      }
      return;
    }
    if (typing || !steps[e.key]) return;
    e.preventDefault();
    steps[e.key]();
  };
  addEventListener("keydown", press);
  return () => removeEventListener("keydown", press);
}

//! View, filter and selection stand in the URL's fragment: a link shows what its sender saw. The fragment is never
//! sent to a server, and works in a file too.

import { effect } from "@preact/signals";
import { GROUPS, SORTS } from "./order";
import * as store from "./store";

const set = (text: string | null): ReadonlySet<string> => new Set((text ?? "").split(",").filter(Boolean));

function read(): void {
  const p = new URLSearchParams(location.hash.slice(1));
  const one = <T extends string>(name: string, known: readonly T[], otherwise: T): T => known.find((k) => k === p.get(name)) ?? otherwise;
  store.view.value = one("view", ["table", "topology", "findings"] as const, "table");
  store.query.value = p.get("q") ?? "";
  store.selection.value = p.get("at") ?? "";
  const by = p.get("sort") ?? "";
  store.sort.value = SORTS.find((s) => s === by.replace(/^-/, "")) ?? "order";
  store.sortDown.value = by.startsWith("-");
  store.group.value = one("group", GROUPS, "gateway");
  const fold = set(p.get("fold"));
  store.fold.value = {
    namespaces: fold.has("namespaces"),
    hosts: fold.has("hosts"),
    column: (["listener", "hostname", "route"] as const).find((c) => fold.has(c)) ?? "",
    open: set(p.get("open")),
    closed: set(p.get("closed")),
  };
  store.closedGroups.value = new Set((p.get("shut") ?? "").split("|").filter(Boolean));
}

function write(): string {
  const p = new URLSearchParams();
  const put = (name: string, value: string, otherwise = "") => value !== otherwise && p.set(name, value);
  const f = store.fold.value;
  put("view", store.view.value, "table");
  put("q", store.query.value);
  put("at", store.selection.value);
  put("sort", `${store.sortDown.value ? "-" : ""}${store.sort.value}`, "order");
  put("group", store.group.value, "gateway");
  put("fold", [f.namespaces && "namespaces", f.hosts && "hosts", f.column].filter(Boolean).join(","));
  put("open", [...f.open].join(","));
  put("closed", [...f.closed].join(","));
  put("shut", [...store.closedGroups.value].join("|"));
  return p.toString().replaceAll("%2F", "/").replaceAll("%3A", ":").replaceAll("%2C", ",");
}

/** Reads the URL once and keeps it in step from then on, both ways. */
export function follow(): void {
  read();
  let was = { view: store.view.value, at: store.selection.value };
  let timer = 0;
  const save = () => {
    const text = write();
    if (text === location.hash.slice(1)) return;
    // A step back leads to the view or selection before; typing makes no steps.
    const step = was.view !== store.view.value || was.at !== store.selection.value;
    was = { view: store.view.value, at: store.selection.value };
    history[step ? "pushState" : "replaceState"](null, "", text ? `#${text}` : location.pathname + location.search);
  };
  effect(() => {
    write();
    clearTimeout(timer);
    timer = setTimeout(save, 150) as unknown as number;
  });
  addEventListener("popstate", () => {
    read();
    was = { view: store.view.value, at: store.selection.value };
  });
}

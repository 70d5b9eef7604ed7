//! Small pieces that several views share.

import type { ComponentChildren } from "preact";
import type { Exposure } from "gatescope";
import { scheme, type ObjectId, type Source, type Url } from "../model/source";
import * as store from "../model/store";
import { path, safe } from "../model/text";
import { Icon } from "./icons";

/** An address in parts: the host stands out. */
export function UrlText({ of: u }: { of: Url }) {
  const plain = u.scheme === "http" || u.scheme === "tcp" || u.scheme === "udp";
  return (
    <span class="url">
      {u.scheme && <span class={`scheme ${plain ? "plain" : ""}`}>{safe(u.scheme)}://</span>}
      <bdi class="host">{u.host === "*" ? "*" : safe(u.host)}</bdi>
      {u.scheme && <span class="port">:{u.port}</span>}
      <bdi class={u.path.startsWith("~") ? "path regex" : "path"}>{safe(u.path)}</bdi>
      {u.needs.map((n) => (
        <span class="need" key={n}>
          {safe(n)}
        </span>
      ))}
    </span>
  );
}

export function exposureUrl(e: Exposure): Url {
  const needs = [...(e.method ? [e.method] : []), ...e.headers.map((h) => `${h.name}: ${h.value}`), ...e.queryParams.map((q) => `?${q.name}=${q.value}`)];
  const grpc = e.grpc ? `/${e.grpc.service ?? "*"}/${e.grpc.method ?? "*"}` : "";
  return { scheme: e.listener.tlsMode === "Passthrough" ? "tls" : scheme(e.listener.protocol), host: e.hostname, port: e.listener.port, path: e.path?.value ?? grpc, needs };
}

/** An object's name that leads to it. */
export function ObjectLink({ s, of, kind = true }: { s: Source; of: ObjectId; kind?: boolean }) {
  return (
    <button class="link" onClick={() => (store.selection.value = store.objectSelection(s, of))}>
      {kind && <span class="dim">{safe(of.kind)} </span>}
      <bdi>{safe(path(of.namespace, of.name))}</bdi>
    </button>
  );
}

/** Text with a button that copies it. */
export function Copyable({ text, label }: { text: string; label: string }) {
  const copy = () =>
    navigator.clipboard?.writeText(text).then(
      () => store.say("Copied"),
      () => store.say("The browser did not allow it: select the text instead"),
    );
  return (
    <div class="copyable">
      <code>{safe(text)}</code>
      <button class="icon-button" aria-label={`Copy ${label}`} title="Copy" onClick={copy}>
        <Icon name="copy" />
      </button>
    </div>
  );
}

export function Section({ title, children, note }: { title: string; children: ComponentChildren; note?: ComponentChildren }) {
  return (
    <section>
      <h3>
        {title}
        {note && <span class="dim note">{note}</span>}
      </h3>
      {children}
    </section>
  );
}

export function ModalClose() {
  return (
    <button class="icon-button close" aria-label="Close" onClick={() => (store.dialog.value = "")}>
      <Icon name="close" />
    </button>
  );
}

/** A message: what stands between backticks is the user's own. */
export function Message({ text }: { text: string }) {
  return (
    <>
      {text.split("`").map((part, i) => (i % 2 ? <code key={i}>{safe(part)}</code> : safe(part)))}
    </>
  );
}

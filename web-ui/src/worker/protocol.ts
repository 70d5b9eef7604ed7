//! What the page asks of the worker, and what it gets. One answer for each question.

import type { Answer, Explanation, Exposure, Finding, FindingInfo, LayoutOptions, Request, Settings, Summary } from "gatescope";
import type { Packed } from "../model/table";

/** Bytes with a name: a file, or what a server sent. */
export interface Text {
  name: string;
  bytes: ArrayBuffer;
}

/** What could not be read, said like a compiler would: file, line, column. */
export interface Problem {
  where: string;
  message: string;
}

/** A resolved snapshot, as columns. */
export interface Opened {
  /** For columns.js. */
  rows: ArrayBuffer;
  gateways: Packed;
  listeners: Packed;
  attachments: Packed;
  findings: Packed;
  summary: Summary;
  mesh: number;
  objects: number;
  revision: number;
  problems: Problem[];
  /** The snapshot's own name for its cluster. */
  cluster: string;
}

export interface Ref {
  group?: string;
  kind: string;
  namespace?: string;
  name: string;
}

/** What breaks if an object goes. */
export interface Impact {
  closed: Exposure[];
  changed: { before: Exposure; after: Exposure }[];
  opened: Exposure[];
  findings: Finding[];
}

export interface Laid {
  nodes: Packed;
  rows: Uint32Array;
  height: number;
  folded: number;
  mesh: number;
}

/** Questions by name: what goes in, what comes out. */
export interface Calls {
  start: { in: { module: string | ArrayBuffer }; out: { version: string; sha256: string; profiles: string[] } };
  open: { in: { source: number; texts: Text[]; settings: Settings }; out: Opened };
  fetch: { in: { source: number; url: string; settings: Settings }; out: Opened & { feed: string } };
  apply: { in: { source: number; put: string[]; remove: Ref[] }; out: Opened & { opened: string[]; closed: string[]; changed: string[] } };
  close: { in: { source: number }; out: null };
  layout: { in: { source: number; options: LayoutOptions; rows?: Uint32Array; attachments?: Uint32Array }; out: Laid };
  explain: { in: { source: number; kind: string; namespace?: string; name: string }; out: Explanation | null };
  trace: { in: { source: number; request: Request; everywhere: boolean }; out: Answer[] };
  impact: { in: { source: number; ref: Ref }; out: Impact };
  report: { in: { source: number }; out: ArrayBuffer };
  catalogue: { in: Record<string, never>; out: FindingInfo[] };
}

export type Name = keyof Calls;
export interface Question<N extends Name = Name> {
  id: number;
  name: N;
  in: Calls[N]["in"];
}
export type Reply = { id: number; out: unknown } | { id: number; error: string; lost: boolean };

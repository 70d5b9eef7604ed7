//! Files from the model: what the expression keeps, whole, whatever is in sight.

import { reachName, target, url, urlText, VERDICTS, weight, type Source } from "../model/source";
import * as store from "../model/store";
import { path } from "../model/text";
import { ask } from "../worker/client";
import { layOut, shownSource } from "../views/topology";
import { dot, mermaid, svg } from "./draw";

export interface Export {
  name: string;
  about: string;
  file: string;
  type: string;
  make: (s: Source) => Promise<BlobPart>;
}

const cell = (text: string) => {
  // A cell that begins like a formula is one to a spreadsheet.
  const plain = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
};

function csv(): string {
  const head = ["cluster", "id", "verdict", "why", "url", "needs", "backend", "weight", "route", "rule", "gateway", "listener", "addresses", "reach"];
  const lines = store.arranged.value.rows.map(({ s, row }) => {
    const u = url(s, row);
    const [r, g] = [s.route(row), s.gateway(row)];
    return [
      s.name, s.id_(row), VERDICTS[s.verdict(row)], s.why(row), urlText(u), u.needs.join("; "), target(s, row), String(weight(s, row) ?? ""), `${r.kind}/${path(r.namespace, r.name)}`,
      row < s.columns.length ? String(s.columns.rule[row]) : "", path(g.namespace, g.name), s.listenerName(row), s.addresses(row).join(" "), reachName(s, row),
    ];
  });
  return [head, ...lines].map((l) => l.map(cell).join(",") + "\r\n").join("");
}

/** The report; with a search, its rows alone. */
async function json(s: Source): Promise<BlobPart> {
  const bytes = await ask("report", { source: s.asks });
  if (!store.parsed.value.terms.length) return bytes;
  const report = JSON.parse(new TextDecoder().decode(bytes)) as { exposures: { id: string }[] };
  const ids = new Set(store.kept.value.filter((r) => r.s === s).map(({ row }) => s.id_(row)));
  report.exposures = report.exposures.filter((e) => ids.has(e.id));
  return `${JSON.stringify(report, null, 2)}\n`;
}

async function png(s: Source): Promise<BlobPart> {
  const text = svg(await layOut(s));
  const size = /width="(\d+)" height="(\d+)"/.exec(text);
  const [w, h] = [Number(size?.[1]), Number(size?.[2])];
  // What browsers draw at most on one canvas.
  const scale = Math.min(2, 16000 / h, 16000 / w);
  if (scale < 0.25) throw new Error("the picture is too tall for a PNG: fold some of it, or take the SVG");
  const image = new Image();
  image.src = URL.createObjectURL(new Blob([text], { type: "image/svg+xml" }));
  await image.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [Math.ceil(w * scale), Math.ceil(h * scale)];
  canvas.getContext("2d")!.drawImage(image, 0, 0, canvas.width, canvas.height);
  URL.revokeObjectURL(image.src);
  const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done));
  if (!blob) throw new Error("the browser could not draw the picture: take the SVG");
  return blob;
}

export const EXPORTS: Export[] = [
  { name: "CSV", about: "the rows, for a spreadsheet", file: "csv", type: "text/csv", make: () => Promise.resolve(csv()) },
  { name: "JSON", about: "the report, schema gatescope/report/v1", file: "json", type: "application/json", make: json },
  { name: "SVG", about: "the topology, folded as it is", file: "svg", type: "image/svg+xml", make: async (s) => svg(await layOut(s)) },
  { name: "PNG", about: "the same as a picture", file: "png", type: "image/png", make: png },
  { name: "Mermaid", about: "a flowchart for README files and issues", file: "mmd", type: "text/plain", make: async (s) => mermaid(await layOut(s)) },
  { name: "DOT", about: "for Graphviz", file: "dot", type: "text/vnd.graphviz", make: async (s) => dot(await layOut(s)) },
];

export async function run(x: Export): Promise<void> {
  const s = shownSource();
  if (!s) return;
  try {
    const blob = new Blob([await x.make(s)], { type: x.type });
    const a = document.createElement("a");
    a.href = URL.createObjectURL(blob);
    a.download = `${s.name.replace(/[^\w.-]+/g, "-") || "gatescope"}.${x.file}`;
    a.click();
    setTimeout(() => URL.revokeObjectURL(a.href), 10_000);
    store.say(`${x.name} written`);
  } catch (e) {
    store.say(e instanceof Error ? e.message : String(e));
  }
}

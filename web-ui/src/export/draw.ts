//! The topology as SVG, Mermaid and DOT, from the layout.

import { VERDICTS } from "../model/source";
import { safe } from "../model/text";
import { BOX, COLUMN_NAMES, columnsIn, GAP, Picture } from "../views/picture";

const COLOR: Record<string, string> = { exposed: "#1a7f4b", shadowed: "#7148b8", blocked: "#c2312a", unknown: "#8a6100", none: "#6b7480" };
const xml = (text: string) => safe(text).replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
const verdict = (p: Picture, i: number) => VERDICTS[p.nodes.num("state", i)] ?? "none";

function fit(text: string, width: number, per: number): string {
  const room = Math.floor(width / per);
  const chars = [...safe(text)];
  return chars.length <= room ? text : `${chars.slice(0, Math.max(1, room - 1)).join("")}…`;
}

export function svg(p: Picture): string {
  const { x, w, total } = columnsIn(1600);
  const top = 34;
  const height = p.height + top + 12;
  const t = p.nodes;
  const out: string[] = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${total}" height="${height}" viewBox="0 0 ${total} ${height}" font-family="system-ui, sans-serif" font-size="12">`,
    `<rect width="${total}" height="${height}" fill="#fff"/>`,
    ...COLUMN_NAMES.map((n, i) => `<text x="${x[i]}" y="20" fill="#57606a" font-weight="600">${n}</text>`),
    `<g fill="none" stroke="#c4cad2" stroke-width="1.2">`,
  ];
  for (let i = 0; i < p.count; i++) {
    const parent = t.num("parent", i);
    if (parent < 0) continue;
    const from = x[t.num("column", parent)] + w[t.num("column", parent)];
    const [y1, y2] = [t.num("y", parent) + top + BOX / 2, t.num("y", i) + top + BOX / 2];
    const best = VERDICTS[t.num("best", i)];
    const stroke = best && best !== "exposed" ? ` stroke="${COLOR[best]}"` : "";
    out.push(`<path d="M${from} ${y1}H${from + GAP / 2}V${y2}H${x[t.num("column", i)]}"${stroke}/>`);
  }
  out.push("</g>");
  for (let i = 0; i < p.count; i++) {
    const [c, y] = [t.num("column", i), t.num("y", i) + top];
    const color = COLOR[verdict(p, i)];
    const [label, reason, detail] = [t.text("label", i), t.text("reason", i), t.text("detail", i)];
    const folded = t.num("folded", i) ? ` (+${t.num("folded", i)})` : "";
    out.push(
      `<g><title>${xml([label, detail, reason, verdict(p, i)].filter(Boolean).join(" · "))}</title><rect x="${x[c]}" y="${y}" width="${w[c]}" height="${BOX}" rx="4" fill="#fff" stroke="#d0d5db"/><rect x="${x[c]}" y="${y}" width="3" height="${BOX}" fill="${color}"/>`,
      `<text x="${x[c] + 10}" y="${y + 14}" fill="#1c2128">${xml(fit(label + folded, w[c] - 16, 6.6))}</text>`,
      reason || detail ? `<text x="${x[c] + 10}" y="${y + 27}" font-size="10.5" fill="${reason ? color : "#57606a"}">${xml(fit(reason || detail, w[c] - 16, 5.8))}</text>` : "",
      "</g>",
    );
  }
  out.push("</svg>\n");
  return out.join("\n");
}

const SHAPES = [["([", "])"], ["[[", "]]"], ["[", "]"], ["(", ")"], ["[", "]"], ["{{", "}}"], ["[(", ")]"]];

export function mermaid(p: Picture): string {
  const t = p.nodes;
  const text = (s: string) => safe(s).replace(/[&<>"'`#;]/g, (c) => `#${c.charCodeAt(0)};`);
  const out = ["flowchart LR"];
  for (let i = 0; i < p.count; i++) {
    const [a, b] = SHAPES[t.num("column", i)];
    const reason = t.text("reason", i);
    out.push(`  n${i}${a}"${text(t.text("label", i))}${reason ? `<br/>${text(reason)}` : ""}"${b}:::${verdict(p, i)}`);
    if (t.num("parent", i) >= 0) out.push(`  n${t.num("parent", i)} ${t.num("best", i) === 0 ? "-->" : "-.->"} n${i}`);
  }
  for (const [name, color] of Object.entries(COLOR)) out.push(`  classDef ${name} stroke:${color}`);
  return `${out.join("\n")}\n`;
}

export function dot(p: Picture): string {
  const t = p.nodes;
  const text = (s: string) => safe(s).replace(/[\\"]/g, (c) => `\\${c}`);
  const out = ["digraph gatescope {", '  rankdir=LR; node [shape=box, style=rounded, fontname="sans-serif", fontsize=10]; edge [color="#9aa4af"];'];
  for (let i = 0; i < p.count; i++) {
    const reason = t.text("reason", i);
    out.push(`  n${i} [label="${text(t.text("label", i))}${reason ? `\\n${text(reason)}` : ""}", color="${COLOR[verdict(p, i)]}"];`);
    if (t.num("parent", i) >= 0) out.push(`  n${t.num("parent", i)} -> n${i}${t.num("best", i) === 0 ? "" : " [style=dashed]"};`);
  }
  return `${out.join("\n")}\n}\n`;
}

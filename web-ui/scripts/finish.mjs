// After the builds: holds the page to its size, writes compressed copies, and makes the page that is one file.
//
//   dist/single.html   all but the module and the data, which `gatescope page` puts in
//   dist/**/*.gz       what servers send to browsers that take it

import { createHash } from "node:crypto";
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { extname, join, relative } from "node:path";
import { gzipSync } from "node:zlib";

const dist = new URL("../dist/", import.meta.url).pathname;
const BARS = { ".js": 80 * 1000, ".css": 12 * 1000 };
const zip = (bytes) => gzipSync(bytes, { level: 9 });
const read = (name) => readFileSync(join(dist, name));
const files = (folder) => readdirSync(folder).flatMap((n) => (statSync(join(folder, n)).isDirectory() ? files(join(folder, n)) : [relative(dist, join(folder, n))]));

const worker = read("single/worker.js");
rmSync(join(dist, "single"), { recursive: true });
for (const name of files(dist)) if (name.endsWith(".gz") || name === "single.html") rmSync(join(dist, name));

let failed = false;
const sizes = { ".js": 0, ".css": 0 };
let lazy = 0;
for (const name of files(dist)) {
  const bytes = read(name);
  const kind = extname(name);
  if (![".js", ".css", ".html", ".svg", ".wasm"].includes(kind)) continue;
  const zipped = zip(bytes);
  writeFileSync(join(dist, `${name}.gz`), zipped);
  if (name.startsWith("assets/yaml-")) lazy += zipped.length;
  else if (kind in sizes) sizes[kind] += zipped.length;
}
for (const [kind, bar] of Object.entries(BARS)) {
  const bad = sizes[kind] > bar;
  failed ||= bad;
  console.log(`page: ${kind.slice(1)} ${(sizes[kind] / 1000).toFixed(1)} KB gzipped, bar ${bar / 1000} KB${bad ? ": MISSED" : ""}`);
}
console.log(`page: js-yaml, loaded where a YAML file is dropped, ${(lazy / 1000).toFixed(1)} KB gzipped`);

// The page that is one file. Its policy names its script and its style by their hashes, and no other place at all.
let html = read("index.html").toString();
const one = (pattern, what) => {
  const m = pattern.exec(html);
  if (!m) throw new Error(`index.html has no ${what}`);
  return m;
};
const script = one(/<script type="module"[^>]*src="\.\/([^"]+)"[^>]*><\/script>/, "script");
const style = one(/<link rel="stylesheet"[^>]*href="\.\/([^"]+)"[^>]*>/, "style");
const icon = one(/<link rel="icon"[^>]*href="\.\/([^"]+)"[^>]*>/, "icon");
const js = read(script[1]).toString().replaceAll("</script", "<\\/script").replaceAll("<!--", "<\\!--");
const css = read(style[1]).toString();
if (/<\/style/i.test(css)) throw new Error("the style ends its own element");
const hash = (text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
const policy = [
  "default-src 'none'", `script-src 'wasm-unsafe-eval' ${hash(js)}`, `style-src ${hash(css)}`, "worker-src blob:", "img-src data: blob:", "base-uri 'none'", "form-action 'none'",
].join("; ");
const put = (what, by) => (html = html.replace(what, () => by));
put(script[0], "");
put(style[0], `<style>${css}</style>`);
put(icon[0], `<link rel="icon" href="data:image/svg+xml;base64,${read(icon[1]).toString("base64")}">`);
put(/<meta charset="utf-8" ?\/?>/, `<meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${policy}">`);
put("</body>", [
  "<!--gatescope-module-->", "<!--gatescope-data-->", `<script type="text/plain" id="gatescope-worker">${worker.toString("base64")}</script>`, `<script type="module">${js}</script>`, "</body>",
].join("\n"));
writeFileSync(join(dist, "single.html"), html);
writeFileSync(join(dist, "single.html.gz"), zip(Buffer.from(html)));
if (failed) process.exit(1);

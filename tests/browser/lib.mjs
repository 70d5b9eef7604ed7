// What the tests of the page share: a browser, pages that report everything that is wrong with them, a server for the
// page's files, and the program under test.

import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer, request as ask } from "node:http";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { chromium } from "playwright-core";

export const root = new URL("../../", import.meta.url).pathname;
export const demo = join(root, "deploy/example/cluster");
/** The one that was built last. */
const built = [join(root, "target/release/gatescope"), join(root, "target/debug/gatescope")].filter(existsSync).sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs);
export const bin = process.env.GATESCOPE_BIN ?? built[0];
if (!bin) throw new Error("there is no gatescope to test: build it, or set GATESCOPE_BIN");
/** Whether the page comes from web-ui/dist rather than from the program: for work on the page, without building the program. */
const fresh = Boolean(process.env.GATESCOPE_DIST);
const dist = join(root, "web-ui/dist");

const work = mkdtempSync(join(tmpdir(), "gatescope-page-"));
process.on("exit", () => rmSync(work, { recursive: true, force: true }));
// A run that is stopped leaves nothing behind either: what ends with the process is told by `exit` alone.
for (const signal of ["SIGTERM", "SIGINT"]) process.once(signal, () => process.exit(1));
export const scratch = (name) => join(work, name);

/** Runs the program; its standard output. */
export const gatescope = (...args) => execFileSync(bin, args, { encoding: "utf8", maxBuffer: 1 << 30, stdio: ["ignore", "pipe", "pipe"] });

/** The page as one file; its file: URL. */
export function single(name, ...args) {
  const file = scratch(`${name}.html`);
  gatescope("page", ...args, "-o", file);
  if (fresh) {
    const made = readFileSync(file, "utf8");
    const block = (id) => new RegExp(`<script type="text/plain" id="${id}"[^>]*>[^<]*</script>`).exec(made)?.[0] ?? "";
    const template = readFileSync(join(dist, "single.html"), "utf8");
    writeFileSync(file, template.replace("<!--gatescope-module-->", () => block("gatescope-module")).replace("<!--gatescope-data-->", () => block("gatescope-data")));
  }
  return `file://${file}`;
}

let shared;
export async function browser() {
  const executablePath = process.env.CHROMIUM ?? ["/usr/bin/chromium", "/usr/bin/chromium-browser"].find(existsSync);
  shared ??= chromium.launch({
    executablePath,
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
  return shared;
}
/** What a test that failed left open, too: nothing outlives its file. */
const left = new Set();
export const closeBrowser = async () => {
  await (await shared)?.close();
  for (const stop of left) await stop();
};

/** A page, and all that went wrong on it: `clean()` fails where anything did. Nothing may be asked of other places. */
export async function open(url, { width = 1280, height = 800, allow = [], wait = ".row.group, .node, .finding, .middle h1", ...options } = {}) {
  const context = await (await browser()).newContext({ viewport: { width, height }, acceptDownloads: true, ...options });
  const page = await context.newPage();
  const wrong = [];
  const origin = new URL(url).origin;
  page.on("console", (m) => ["error", "warning"].includes(m.type()) && wrong.push(`console ${m.type()}: ${m.text()}`));
  page.on("pageerror", (e) => wrong.push(`error: ${e.stack}`));
  // A stream and a look at the exporter may be under way when the page is closed.
  page.on("requestfailed", (r) => !/\/api\/v1\/(events|runtime)/.test(r.url()) && wrong.push(`failed: ${r.url()} ${r.failure()?.errorText}`));
  page.on("request", (r) => {
    const u = new URL(r.url());
    const own = ["data:", "blob:"].includes(u.protocol) || (url.startsWith("file:") ? r.url().split("#")[0] === url.split("#")[0] : u.origin === origin);
    if (!own) wrong.push(`asked another place: ${r.url()}`);
  });
  await page.addInitScript(() => {
    window.violations = [];
    document.addEventListener("securitypolicyviolation", (e) => window.violations.push(`${e.violatedDirective} ${e.blockedURI} ${e.sample}`));
  });
  await page.goto(url);
  if (wait) await page.waitForSelector(wait, { timeout: 30_000 });
  const clean = async () => {
    wrong.push(...(await page.evaluate(() => window.violations)).map((v) => `policy: ${v}`));
    const left = wrong.filter((w) => !allow.some((a) => w.includes(a)));
    if (left.length) throw new Error(left.join("\n"));
    await context.close();
  };
  return Object.assign(page, { clean, wrong });
}

/** Every row of the table as it is shown, from top to bottom: scrolls through all of it. */
export async function rows(page) {
  return page.evaluate(async () => {
    const grid = document.querySelector(".grid");
    const out = new Map();
    const total = Number(grid.getAttribute("aria-rowcount")) - 1;
    grid.scrollTop = 0;
    for (let top = 0; ; top += grid.clientHeight / 2) {
      grid.scrollTop = top;
      await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
      for (const row of grid.querySelectorAll(".space .row")) {
        const at = Number(row.getAttribute("aria-rowindex"));
        const cell = (c) => row.querySelector(`.c-${c}`)?.textContent.trim() ?? "";
        if (row.classList.contains("group")) out.set(at, { group: row.querySelector("b").textContent });
        else {
          const need = [...row.querySelectorAll(".need")].map((n) => n.textContent);
          const url = ["scheme", "host", "port", "path"].map((c) => row.querySelector(`.url .${c}`)?.textContent ?? "").join("");
          out.set(at, { verdict: row.querySelector(".verdict span").textContent, why: row.querySelector(".why")?.textContent ?? "", url, need, backend: cell("backend"), route: cell("route"), gateway: cell("gateway"), address: cell("address"), reach: cell("reach") });
        }
      }
      if (top + grid.clientHeight >= grid.scrollHeight) break;
    }
    if (out.size !== total) throw new Error(`${out.size} rows seen of ${total}`);
    grid.scrollTop = 0;
    return [...out].sort(([a], [b]) => a - b).map(([, row]) => row);
  });
}

const TYPES = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".wasm": "application/wasm", ".json": "application/json" };
export const POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const listen = async (server) => {
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const close = () => (left.delete(close), server.closeAllConnections(), new Promise((done) => server.close(done)));
  left.add(close);
  return { origin: `http://127.0.0.1:${server.address().port}`, close };
};

/** The page's files under any path, as a plain web server would have them: the page alone, without an exporter. */
export async function serveFiles(prefix, { snapshot } = {}) {
  const { origin, close } = await listen(
    createServer((request, response) => {
      const path = new URL(request.url, "http://x").pathname;
      const inside = path.startsWith(prefix) ? path.slice(prefix.length) || "index.html" : "\0";
      if (inside === "api/v1/snapshot" && snapshot) return response.setHeader("content-type", "application/json").end(snapshot);
      if (!file(inside, response)) response.writeHead(404).end();
    }),
  );
  return { url: origin + prefix, close };
}

function file(path, response) {
  const at = join(dist, path || "index.html");
  if (!at.startsWith(dist) || !existsSync(at) || !statSync(at).isFile()) return false;
  response.setHeader("content-security-policy", POLICY);
  response.setHeader("content-type", TYPES[extname(at)] ?? "text/plain").end(readFileSync(at));
  return true;
}

/** A reverse proxy that has an exporter under a path of its own, and cuts the path off; `target` says where it is now. */
export async function behind(prefix, target, files = fresh) {
  const { origin, close } = await listen(
    createServer((request, response) => {
      if (!request.url.startsWith(prefix)) return response.writeHead(404).end();
      const path = request.url.slice(prefix.length - 1);
      if (files && file(path.slice(1).replace(/[?#].*/, ""), response)) return;
      const { host, port } = new URL(target());
      const sent = ask({ host: "127.0.0.1", port, path, method: request.method, headers: { ...request.headers, host } }, (answer) => {
        response.writeHead(answer.statusCode, answer.headers);
        answer.pipe(response);
        response.on("close", () => answer.destroy());
      });
      sent.on("error", () => response.destroy());
      request.pipe(sent);
    }),
  );
  return { url: origin + prefix, close };
}

/** The exporter on a folder; resolves once it is ready. */
export async function serve(...args) {
  const child = spawn(bin, ["serve", "--listen", "127.0.0.1:0", ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  const address = await new Promise((done, fail) => {
    const hear = (chunk) => {
      text += chunk;
      const m = /127\.0\.0\.1:(\d+)/.exec(text);
      if (m && m[1] !== "0") done(`http://127.0.0.1:${m[1]}/`);
    };
    child.stdout.on("data", hear);
    child.stderr.on("data", hear);
    child.on("exit", (code) => fail(new Error(`serve ended with ${code}: ${text}`)));
    setTimeout(() => fail(new Error(`serve said no address: ${text}`)), 30_000).unref();
  });
  for (let i = 0; i < 300; i++) {
    const ready = await fetch(`${address}readyz`).then((r) => r.ok, () => false);
    if (ready) break;
    await new Promise((done) => setTimeout(done, 100));
  }
  const ended = new Promise((done) => child.on("exit", done));
  process.on("exit", () => child.kill("SIGKILL"));
  const page = fresh ? await behind("/", () => address) : undefined;
  const stop = async () => (left.delete(stop), await page?.close(), child.kill("SIGTERM"), await ended);
  left.add(stop);
  return { url: page?.url ?? address, own: address, stop };
}

/** Drops files on the page, as a file manager would. */
export async function drop(page, files) {
  const data = await page.evaluateHandle((list) => {
    const transfer = new DataTransfer();
    for (const { name, text } of list) transfer.items.add(new File([text], name));
    return transfer;
  }, files);
  await page.dispatchEvent("body", "dragenter", { dataTransfer: data });
  await page.dispatchEvent("body", "drop", { dataTransfer: data });
}

/** Manifests as one JSON list in a file. */
export function manifest(name, objects) {
  const file = scratch(name);
  writeFileSync(file, JSON.stringify({ apiVersion: "v1", kind: "List", items: objects }));
  return file;
}

export const gateway = (name, listeners, more = {}) => ({
  apiVersion: "gateway.networking.k8s.io/v1", kind: "Gateway", metadata: { namespace: "infra", name }, spec: { gatewayClassName: "plain", listeners }, ...more,
});
export const route = (namespace, name, spec) => ({
  apiVersion: "gateway.networking.k8s.io/v1", kind: "HTTPRoute", metadata: { namespace, name, creationTimestamp: "2024-01-01T00:00:00Z" },
  spec: { parentRefs: [{ namespace: "infra", name: "edge" }], ...spec },
});
export const gatewayClass = { apiVersion: "gateway.networking.k8s.io/v1", kind: "GatewayClass", metadata: { name: "plain" }, spec: { controllerName: "example.net/plain" } };
export const service = (namespace, name, port = 80) => ({ apiVersion: "v1", kind: "Service", metadata: { namespace, name }, spec: { ports: [{ port, protocol: "TCP" }] } });
export const everybody = { namespaces: { from: "All" } };

// The page of a live exporter: it follows, and nothing moves under the reader.

import assert from "node:assert/strict";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { closeBrowser, everybody, gateway, gatewayClass, gatescope, open, route, rows, scratch, serve, service } from "./lib.mjs";

const folder = scratch("live");
const put = (name, object) => writeFileSync(join(folder, `${name}.json`), JSON.stringify(object));
const app = (n) => route("shop", `app-${n}`, { hostnames: [`app-${n}.example.com`], rules: [{ backendRefs: [{ name: "web", port: 80 }] }] });
let exporter;
before(async () => {
  mkdirSync(folder);
  put("class", gatewayClass);
  put("edge", gateway("edge", [{ name: "http", port: 80, protocol: "HTTP", allowedRoutes: everybody }]));
  put("web", service("shop", "web"));
  for (let n = 100; n < 160; n++) put(`app-${n}`, app(n));
  exporter = await serve("-f", folder, "--complete");
});
after(async () => {
  await exporter?.stop();
  await closeBrowser();
});
const report = () => fetch(`${exporter.url}api/v1/report`).then((r) => r.json());

test("the page's rows are the exporter's report, and stay so", async () => {
  const page = await open(`${exporter.url}#group=none`, { wait: ".space .row" });
  await page.locator(".live.l-live").waitFor();
  const urls = async () => (await rows(page)).map((r) => r.url);
  const wanted = async () => (await report()).exposures.map((e) => `http://${e.hostname}:${e.listener.port}${e.path.value}`);
  assert.deepEqual(await urls(), await wanted());
  put("app-200", app(200));
  await page.waitForFunction(() => /Showing 61 of/.test(document.querySelector(".status").textContent), null, { timeout: 15_000 });
  assert.deepEqual(await urls(), await wanted());
  const born = await page.evaluate(async () => {
    const grid = document.querySelector(".grid");
    grid.scrollTop = grid.scrollHeight;
    await new Promise((done) => setTimeout(done, 100));
    return document.querySelector(".row.born")?.textContent ?? "";
  });
  assert.match(born, /app-200/);
  await page.clean();
});

test("nothing moves under the reader; ghosts stay until they are let go", async () => {
  const page = await open(`${exporter.url}#group=none`, { wait: ".space .row" });
  await page.locator(".live.l-live").waitFor();
  await page.evaluate(() => (document.querySelector(".grid").scrollTop = 900));
  await page.waitForTimeout(200);
  const seen = () =>
    page.evaluate(() => {
      const grid = document.querySelector(".grid").getBoundingClientRect();
      return [...document.querySelectorAll(".space .row")].map((r) => [r.querySelector(".host").textContent, Math.round(r.getBoundingClientRect().top - grid.top)]).filter(([, y]) => y >= 30 && y < grid.height - 30).sort((a, b) => a[1] - b[1]);
    });
  const before = await seen();
  assert.ok(before.length > 10);
  // One comes above the window, one goes in the middle of it, one comes there too.
  const middle = before[Math.floor(before.length / 2)][0].slice(0, 7);
  put("app-090", app("090"));
  put(`${middle}-b`, app(`${middle.slice(4)}-b`));
  rmSync(join(folder, `${middle}.json`));
  await page.locator(".pill").waitFor({ timeout: 15_000 });
  await page.waitForFunction(() => /gone/.test(document.querySelector(".pill")?.textContent ?? "") && /new/.test(document.querySelector(".pill")?.textContent ?? ""), null, { timeout: 15_000 });
  assert.deepEqual(await seen(), before, "every row is where it was");
  assert.match(await page.locator(".row.ghost").textContent(), new RegExp(`gone.*${middle}`));
  await page.locator(".pill").click();
  await page.locator(".row.ghost").waitFor({ state: "detached" });
  assert.match(await page.locator(".space").textContent(), new RegExp(`${middle}-b`));
  put(middle, app(middle.slice(4)));
  await page.clean();
});

test("the topology holds still too", async () => {
  const page = await open(`${exporter.url}#view=topology`, { wait: ".node" });
  await page.locator(".live.l-live").waitFor();
  await page.evaluate(() => (document.querySelector(".scroller").scrollTop = 800));
  await page.waitForTimeout(200);
  const seen = () => page.evaluate(() => [...document.querySelectorAll(".wrap:not([hidden]) .node")].map((n) => [n.querySelector(".label").textContent, Math.round(n.getBoundingClientRect().top)]).filter(([, y]) => y > 200 && y < 740).sort((a, b) => a[1] - b[1] || (a[0] < b[0] ? -1 : 1)));
  const before = await seen();
  put("app-080", app("080"));
  const middle = before.map(([l]) => l).filter((l) => l.startsWith("app-"))[5].slice(0, 7);
  rmSync(join(folder, `${middle}.json`));
  await page.locator(".pill").waitFor({ timeout: 15_000 });
  assert.deepEqual(await seen(), before);
  assert.ok((await page.locator(".node.ghost").count()) > 0);
  await page.locator(".pill").click();
  await page.locator(".node.ghost").first().waitFor({ state: "detached" });
  put(middle, app(middle.slice(4)));
  await page.clean();
});

test("pause, and follow again", async () => {
  const page = await open(`${exporter.url}#group=none`, { wait: ".space .row" });
  await page.locator(".live.l-live").waitFor();
  const count = () => page.locator(".status").textContent();
  const before = await count();
  await page.keyboard.press("p");
  await page.getByText("paused").waitFor();
  put("app-300", app(300));
  await page.getByText(/1 change wait/).waitFor({ timeout: 15_000 });
  assert.equal(await count(), before);
  await page.keyboard.press("p");
  await page.waitForFunction((b) => document.querySelector(".status").textContent !== b, before, { timeout: 15_000 });
  await page.clean();
});

test("served with the strict policy, hashed and compressed", async () => {
  const html = await fetch(exporter.own);
  const policy = html.headers.get("content-security-policy");
  assert.match(policy, /script-src 'self' 'wasm-unsafe-eval';/);
  assert.ok(!/unsafe-inline|'unsafe-eval'|https?:|\*/.test(policy), policy);
  const text = await html.text();
  for (const [, file] of text.matchAll(/(?:src|href)="\.\/([^"]+)"/g)) {
    const r = await fetch(exporter.own + file, { headers: { "accept-encoding": "gzip" } });
    assert.equal(r.status, 200, file);
    assert.equal(r.headers.get("content-encoding"), "gzip", file);
    if (file.startsWith("assets/")) assert.match(r.headers.get("cache-control"), /immutable/);
  }
  const sum = gatescope("version").match(/[0-9a-f]{64}/)[0];
  const page = await open(exporter.url);
  assert.match(await page.locator(".status [title^='SHA-256']").getAttribute("title"), new RegExp(sum), "the page runs the module of the program");
  await page.clean();
});

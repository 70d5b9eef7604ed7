// The page of a live exporter: it follows, and nothing moves under the reader.

import assert from "node:assert/strict";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { behind, closeBrowser, demo, everybody, gateway, gatewayClass, gatescope, open, route, rows, scratch, serve, service } from "./lib.mjs";

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

test("what the exporter cannot read is told", async () => {
  const page = await open(`${exporter.url}#group=none`, { wait: ".space .row" });
  await page.locator(".live.l-live").waitFor();
  writeFileSync(join(folder, "broken.json"), '{"kind": "HTTPRoute", "metadata": {');
  // It is noticed with the next change, or a little later by itself.
  put("app-401", app(401));
  await page.getByRole("button", { name: "1 problem" }).click({ timeout: 30_000 });
  assert.match(await page.locator("dialog").textContent(), /may lack something:.*broken\.json:1:\d+/);
  await page.keyboard.press("Escape");
  rmSync(join(folder, "broken.json"));
  put("app-402", app(402));
  await page.getByRole("button", { name: "1 problem" }).waitFor({ state: "detached", timeout: 30_000 });
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

test("the seven questions, and one of them mended while the reader looks on", async () => {
  const cluster = scratch("seven");
  cpSync(demo, cluster, { recursive: true });
  const seven = await serve("-f", cluster, "--complete");
  const { exposures } = await fetch(`${seven.url}api/v1/report`).then((r) => r.json());
  const page = await open(`${seven.url}#group=none`, { wait: ".space .row" });
  await page.locator(".live.l-live").waitFor();
  const search = async (text) => {
    await page.fill("#search", text);
    await page.waitForFunction((t) => document.querySelector(".status code")?.textContent === t, text);
  };
  const choose = async (text) => {
    await page.locator(".space .row", { hasText: text }).first().click();
    await page.locator(".panel h2").waitFor();
  };
  // What is reachable from outside?
  await page.getByRole("button", { name: "external", exact: true }).click();
  await page.getByRole("button", { name: /\d+ exposed$/ }).click();
  const outside = exposures.filter((e) => e.reach === "external" && e.state === "exposed");
  await page.waitForFunction((n) => document.querySelector(".status").textContent.includes(`Showing ${n} of`), outside.length);
  // What is plain HTTP?
  await page.fill("#search", "");
  await page.getByRole("button", { name: "plain HTTP" }).click();
  await page.waitForFunction((n) => document.querySelector(".status").textContent.includes(`Showing ${n} of`), exposures.filter((e) => !["HTTPS", "TLS"].includes(e.listener.protocol)).length);
  // Who owns this host? In the list already, and in full at its name.
  await search("host:shop.northwind.example");
  await page.locator(".chooser select").selectOption("hostname");
  assert.match(await page.locator(".group", { hasText: "shop.northwind.example" }).textContent(), /shared by media, shop/);
  await page.locator(".chooser select").selectOption("none");
  // What shadows what?
  await search("is:shadowed sale");
  await choose("sale");
  assert.match(await page.locator(".contenders li").nth(1).textContent(), /shop\/sale.*the winner is older/);
  // What breaks if this goes?
  await search("backend:shop/cart");
  await choose("/cart");
  await page.getByRole("button", { name: "Without Service shop/cart" }).click();
  await page.locator(".impact", { hasText: /^\d+ ways? in closes?/ }).waitFor();
  // Why is my route not attached? Somebody mends it: what is shown follows, and what changed is told.
  await search("route:search/jobs");
  await choose("jobs");
  assert.match(await page.locator(".gate.first").first().textContent(), /jobs\.nortwhind\.example/);
  const file = join(cluster, "32-routes-search.yaml");
  writeFileSync(file, readFileSync(file, "utf8").replace("jobs.nortwhind.example", "jobs.northwind.example"));
  await page.getByRole("button", { name: /1 change since/ }).click({ timeout: 15_000 });
  await page.locator(".chip", { hasText: "opened" }).click();
  await page.waitForFunction(() => document.querySelector("#search").value.includes("change:opened"));
  const opened = (await rows(page)).filter((r) => !r.group);
  assert.deepEqual(opened.map((r) => [r.verdict, r.url]), [["exposed", "https://jobs.northwind.example:443/"]]);
  await page.locator(".space .row").first().click();
  await page.locator(".panel", { hasText: "takes it" }).waitFor();
  await page.getByRole("button", { name: "Seen" }).click();
  await page.getByRole("button", { name: /change since/ }).waitFor({ state: "detached" });
  await page.clean();
  await seven.stop();
});

test("behind a proxy, under a path; another exporter takes over", async () => {
  const [one, two] = [scratch("one"), scratch("two")];
  for (const [folder, n] of [[one, 1], [two, 2]]) {
    mkdirSync(folder);
    const all = [gatewayClass, gateway("edge", [{ name: "http", port: 80, protocol: "HTTP", allowedRoutes: everybody }]), service("shop", "web"), ...Array.from({ length: n }, (_, i) => app(500 + i))];
    writeFileSync(join(folder, "all.json"), all.map((o) => JSON.stringify(o)).join("\n"));
  }
  let target = await serve("-f", one, "--complete");
  const proxy = await behind("/tools/gatescope/", () => target.own);
  const page = await open(`${proxy.url}#group=none`, { wait: ".space .row", allow: ["events", "502", "ERR_"] });
  await page.locator(".live.l-live").waitFor();
  assert.equal(await page.locator(".space .row").count(), 1);
  await target.stop();
  await page.getByText("connection lost").waitFor({ timeout: 20_000 });
  assert.equal(await page.locator(".space .row").count(), 1, "what was seen last is still there");
  target = await serve("-f", two, "--complete");
  await page.waitForFunction(() => document.querySelectorAll(".space .row").length === 2, null, { timeout: 30_000 });
  await page.locator(".live.l-live").waitFor();
  await page.clean();
  await proxy.close();
  await target.stop();
});

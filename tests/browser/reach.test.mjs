// For everybody: with the keyboard alone, with a screen reader, in any colours, at any width; and no looser policy than promised.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { closeBrowser, demo, open, POLICY, scratch, serveFiles, single } from "./lib.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
let url;
before(() => (url = single("reach", "-f", demo, "--complete")));
after(closeBrowser);

async function violations(page, only) {
  const found = await page.evaluate((rules) => window.axe.run(document, { resultTypes: ["violations"], ...(rules && { runOnly: { type: "rule", values: rules } }) }), only);
  return found.violations.map((v) => `${v.id}: ${v.help}\n${v.nodes.slice(0, 4).map((n) => `    ${n.html.slice(0, 160)}\n    ${n.failureSummary?.replaceAll("\n", " ")}`).join("\n")}`);
}

for (const colorScheme of ["light", "dark"]) {
  test(`axe finds nothing (${colorScheme})`, async () => {
    const page = await open(url, { colorScheme });
    // The policy of the file allows no script but its own: the checker is brought by the debugger.
    await page.evaluate(axe);
    const seen = [];
    const check = async (what) => {
      await page.waitForTimeout(150);
      // What is there is the same in the dark; only its colours are others.
      seen.push(...(await violations(page, colorScheme === "dark" ? ["color-contrast", "link-in-text-block"] : undefined)).map((v) => `${what}: ${v}`));
    };
    for (const [hash, wait] of [
      ["", ".space .row"], ["view=topology", ".node"], ["view=topology&fold=namespaces,hosts", ".node.folded"], ["view=findings", ".finding"], ["q=nothing-like-this", ".nothing"],
    ]) {
      await page.evaluate((h) => (location.hash = h), hash);
      await page.locator(wait).first().waitFor();
      if (hash === "view=topology") await page.locator(".node").nth(9).click();
      if (!hash) await page.locator(".space .row:not(.group)").nth(2).click();
      await check(hash);
    }
    await page.evaluate(() => (location.hash = ""));
    for (const press of ["?", "e"]) {
      await page.keyboard.press(press);
      await page.locator("dialog[open]").waitFor();
      await check(press);
      await page.keyboard.press("Escape");
      await page.locator("dialog[open]").waitFor({ state: "detached" });
    }
    await page.fill("#ask", "https://shop.northwind.example/cart");
    await page.keyboard.press("Enter");
    await page.locator(".outcome").first().waitFor();
    await check("trace");
    assert.deepEqual(seen, []);
    await page.clean();
  });
}

test("the keyboard alone", async () => {
  const page = await open(url);
  const press = async (...keys) => {
    for (const k of keys) await page.keyboard.press(k);
  };
  await press("?");
  await page.locator("dialog[open]").waitFor();
  await press("Escape");
  await page.locator("dialog[open]").waitFor({ state: "detached" });
  // Search, leave the box, walk to a row, open it, go to its details and back.
  await press("/");
  await page.keyboard.type("sale");
  await page.waitForFunction(() => location.hash.includes("q=sale"));
  await press("Escape");
  assert.equal(await page.evaluate(() => document.activeElement.className), "grid");
  await press("ArrowDown", "ArrowDown", "Enter");
  await page.locator(".panel h2").waitFor();
  await press("d");
  assert.equal(await page.evaluate(() => document.activeElement.className), "panel");
  await press("Escape");
  await page.locator(".panel").waitFor({ state: "detached" });
  // A group closes and opens.
  await press("Home", "ArrowLeft");
  await page.locator('.group[aria-expanded="false"]').waitFor();
  await press("ArrowRight");
  await page.locator('.group[aria-expanded="true"]').waitFor();
  // The topology: to the right, down, fold, select.
  await press("2");
  await page.locator(".node").first().waitFor();
  await press("g");
  const at = () => page.evaluate(() => document.activeElement.querySelector?.(".label")?.textContent);
  const first = await at();
  assert.ok(first, "a node has the focus");
  await press("ArrowRight", "ArrowRight");
  assert.notEqual(await at(), first);
  await press("ArrowRight");
  const host = await at();
  await press(" ");
  await page.locator(".node.folded").waitFor();
  await press(" ");
  await page.locator(".node.folded").waitFor({ state: "detached" });
  assert.equal(await at(), host, "the focus stays on it");
  await press("Enter");
  await page.locator(".panel h2").waitFor();
  assert.match(await page.locator(".panel").textContent(), /Hostname/);
  await press("u");
  assert.equal(await page.evaluate(() => document.activeElement.id), "ask");
  await page.keyboard.type("https://shop.northwind.example/cart");
  await press("Enter");
  await page.locator(".outcome").first().waitFor();
  await page.clean();
});

test("names for those who do not see it", async () => {
  const page = await open(`${url}#view=topology`, { wait: ".node" });
  const name = await page.locator(".node", { hasText: "search/suggest" }).first().getAttribute("aria-label");
  assert.match(name, /^Route search\/suggest, .*blocked.*error finding/);
  await page.keyboard.press("1");
  const grid = page.locator(".grid");
  assert.equal(await grid.getAttribute("aria-label"), "Ways into the cluster");
  const rows = Number(await grid.getAttribute("aria-rowcount"));
  assert.ok(rows > 70);
  await grid.focus();
  await page.keyboard.press("End");
  const active = await grid.getAttribute("aria-activedescendant");
  assert.equal(await page.locator(`#${active}`).getAttribute("aria-rowindex"), String(rows), "what is active is there, also at the end");
  await page.clean();
});

test("forced colours, reduced motion, print", async () => {
  const page = await open(url, { forcedColors: "active", colorScheme: "dark", reducedMotion: "reduce" });
  assert.equal(await page.evaluate(() => matchMedia("(forced-colors: active)").matches && getComputedStyle(document.documentElement).getPropertyValue("--line").trim()), "CanvasText");
  await page.locator(".space .row:not(.group)").first().click();
  assert.equal(await page.locator(".row.selected").evaluate((e) => getComputedStyle(e).outlineStyle), "solid");
  assert.equal(await page.locator(".row.selected").evaluate((e) => getComputedStyle(e).animationName), "none");
  // Paper is light, whatever the screen is.
  await page.emulateMedia({ media: "print", forcedColors: "none", colorScheme: "dark" });
  assert.equal(await page.evaluate(() => getComputedStyle(document.documentElement).getPropertyValue("--text").trim()), "#1b2026");
  assert.equal(await page.locator(".boxes").isVisible(), false);
  const all = await page.locator(".space .row").count();
  assert.equal(all, Number(await page.locator(".grid").getAttribute("aria-rowcount")) - 1, "all rows are printed");
  await page.clean();
});

test("at any width, nothing is wider than the window", async () => {
  const page = await open(url);
  for (const width of [1920, 1280, 1024, 700, 360]) {
    await page.setViewportSize({ width, height: 800 });
    for (const [key, wait] of [["1", ".space .row"], ["2", ".node"], ["3", ".finding"]]) {
      await page.keyboard.press(key);
      await page.locator(wait).first().waitFor();
      const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(over <= 0, `${width}: ${over} px too wide`);
    }
  }
  await page.clean();
});

test("a file that asks nobody, under a policy of its own", async () => {
  const html = readFileSync(scratch("reach.html"), "utf8");
  const policy = /http-equiv="Content-Security-Policy" content="([^"]+)"/.exec(html)[1];
  assert.match(policy, /^default-src 'none'; script-src 'wasm-unsafe-eval' 'sha256-[^']+'; style-src 'sha256-[^']+'; worker-src blob:; img-src data: blob:;/);
  assert.ok(!/connect-src|unsafe-inline|'unsafe-eval'|https?:/.test(policy));
  const page = await open(url);
  const left = await page.evaluate(async () => {
    try {
      await fetch("http://127.0.0.1:9/");
      return "fetched";
    } catch (e) {
      return String(e);
    }
  });
  assert.match(left, /TypeError/);
  assert.ok((await page.evaluate(() => window.violations)).some((v) => v.startsWith("connect-src")), "the policy stops it, not the network");
  await page.context().close();
});

test("under any path, by any web server, under the strict policy", async () => {
  assert.ok(!/unsafe-inline|'unsafe-eval'/.test(POLICY));
  const server = await serveFiles("/some/deep path/of/mine/".replace(" ", "-"));
  const page = await open(server.url, { wait: ".middle h1", allow: ["404"] });
  assert.match(await page.locator("h1").textContent(), /Drop a dump here/);
  // A YAML file: its parser comes only now.
  const { drop } = await import("./lib.mjs");
  const names = [];
  page.context().on("request", (r) => names.push(r.url()));
  const yaml = readFileSync(`${demo}/30-routes-infra.yaml`, "utf8");
  await drop(page, [{ name: "routes.yaml", text: yaml }]);
  await page.locator(".space .row").first().waitFor();
  await page.clean();
  await server.close();
});

// Names from a cluster are other people's text: whatever they hold, they are shown and never run.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { closeBrowser, everybody, gateway, gatewayClass, manifest, open, route, rows, service, single } from "./lib.mjs";

after(closeBrowser);

const label = "a".repeat(63);
const long = `${label}.${label}.${label}.${"b".repeat(61)}`;
const html = `<img src=x onerror="window.pwned=1">`;
const bidi = "a\u202egpj.exe";

const objects = [
  gatewayClass,
  gateway("edge", [{ name: "http", port: 80, protocol: "HTTP", allowedRoutes: everybody }], {
    status: { addresses: [{ type: "Hostname", value: `javascript:window.pwned=2` }] },
  }),
  service("shop", "web"),
  route("shop", "long", { hostnames: [long], rules: [{ backendRefs: [{ name: "web", port: 80 }] }] }),
  route("shop", html, { hostnames: ["html.example"], rules: [{ matches: [{ path: { type: "Exact", value: `/${html}` }, headers: [{ name: "x", value: `"><script>window.pwned=3</script>` }] }], backendRefs: [{ name: "</script><script>window.pwned=4</script>", port: 80 }] }] }),
  route("shop", bidi, { hostnames: ["bidi.example"], rules: [{ name: "javascript:window.pwned=5", backendRefs: [{ name: "web", port: 80 }] }] }),
  route("__proto__", "constructor", { hostnames: ["proto.example"], rules: [{ backendRefs: [{ name: "toString", port: 80 }] }] }),
  route("shop", "formula", { hostnames: ["formula.example"], rules: [{ matches: [{ path: { type: "Exact", value: "/=cmd()" } }], backendRefs: [{ name: "=HYPERLINK(1)", port: 80 }] }] }),
];

test("hostile names are text, in every view", async () => {
  const url = single("hostile", "-f", manifest("hostile.json", objects), "--complete");
  for (const [view, wait] of [["table", ".space .row"], ["topology", ".node"], ["findings", ".finding"]]) {
    const page = await open(`${url}#view=${view}&group=none`, { wait });
    const text = await page.locator(".work").evaluate((e) => e.textContent);
    assert.ok(text.includes(html), `${view} shows the markup as it was written`);
    assert.ok(!text.includes("\u202e"), `${view} has no mark that turns the text around`);
    if (view !== "findings") assert.ok(text.includes("a\\u{202e}gpj.exe"), `${view} writes the mark out`);
    assert.equal(await page.locator(".work img, .work script, .work a[href^='javascript:']").count(), 0);
    assert.equal(await page.evaluate(() => window.pwned), undefined);
    await page.clean();
  }
});

test("every row opens, and stays text", async () => {
  const url = single("hostile2", "-f", manifest("hostile2.json", objects), "--complete");
  const page = await open(`${url}#group=none`, { wait: ".space .row" });
  const count = (await rows(page)).length;
  assert.ok(count >= 5);
  for (let i = 0; i < count; i++) {
    await page.locator(`[aria-rowindex="${i + 2}"]`).click();
    await page.locator(".panel h2").waitFor();
    await page.locator(".panel .gate, .panel .gates").first().waitFor();
    assert.equal(await page.locator(".panel img, .panel script").count(), 0);
  }
  // A name of 253 characters widens nothing.
  await page.locator(".space .row", { hasText: label.slice(0, 20) }).first().click();
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(wide <= 0, `the page is ${wide} px wider than its window`);
  assert.ok((await page.locator(".panel h2").textContent()).includes(long), "whole in the details");
  assert.equal(await page.evaluate(() => window.pwned), undefined);
  await page.clean();
});

test("what is exported is harmless too", async () => {
  const url = single("hostile3", "-f", manifest("hostile3.json", objects), "--complete");
  const page = await open(url);
  const { readFileSync } = await import("node:fs");
  const files = {};
  for (const name of ["CSV", "SVG", "Mermaid", "DOT", "PNG"]) {
    await page.keyboard.press("e");
    const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name }).click()]);
    assert.match(download.suggestedFilename(), /^hostile3/, name);
    files[name] = readFileSync(await download.path());
    await page.locator("dialog").waitFor({ state: "detached" });
  }
  const svg = files.SVG.toString();
  assert.ok(!/<img|<script/i.test(svg) && svg.includes("&#60;img"), "markup is escaped in SVG");
  assert.equal(await page.evaluate((text) => new DOMParser().parseFromString(text, "image/svg+xml").querySelector("parsererror")?.textContent, svg), undefined, "SVG is well-formed");
  assert.ok(!/(^|,)=/m.test(files.CSV.toString()), "no cell is a formula");
  assert.ok(!files.Mermaid.toString().includes("<img"), "markup is escaped in Mermaid");
  assert.match(files.DOT.toString(), /^digraph gatescope \{[\s\S]*\}\n$/);
  assert.deepEqual([...files.PNG.subarray(1, 4)], [0x50, 0x4e, 0x47]);
  await page.clean();
});

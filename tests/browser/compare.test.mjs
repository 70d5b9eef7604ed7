// Files: one, two as a difference, several side by side; and files that are broken.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { closeBrowser, demo, drop, gatescope, open, root, rows, scratch, serveFiles, single } from "./lib.mjs";

let empty;
const all = readdirSync(demo).sort().map((f) => readFileSync(`${demo}/${f}`, "utf8")).join("\n---\n");
before(() => (empty = single("empty", "--empty")));
after(closeBrowser);

test("a dropped dump is what the program says of it", async () => {
  const page = await open(empty);
  await drop(page, [{ name: "dump.yaml", text: all }]);
  await page.locator(".space .row").first().waitFor();
  await page.keyboard.press("e");
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "JSON" }).click()]);
  assert.deepEqual(JSON.parse(readFileSync(await download.path(), "utf8")), JSON.parse(gatescope("resolve", "-f", demo, "-o", "json")));
  await page.clean();
});

test("two dumps are a difference: opened, closed, moved, as the program tells it", async () => {
  const { writeFileSync } = await import("node:fs");
  // The change laid over: what it names is replaced.
  const change = readFileSync(`${root}deploy/example/pull-request.yaml`, "utf8");
  const names = [...change.matchAll(/^ {2}name: (\S+)\n(?: {2}.*\n)*? {2}namespace: (\S+)|^ {2}namespace: (\S+)\n {2}name: (\S+)/gm)].map((m) => `${m[2] ?? m[3]}/${m[1] ?? m[4]}`);
  assert.ok(names.length >= 3, change);
  const kept = all.split(/^---$/m).filter((doc) => !names.some((n) => doc.includes(`kind: HTTPRoute`) && doc.includes(`name: ${n.split("/")[1]}\n`) && doc.includes(`namespace: ${n.split("/")[0]}\n`)));
  const later = [...kept, change].join("\n---\n");
  writeFileSync(scratch("before.yaml"), all);
  writeFileSync(scratch("after.yaml"), later);
  const diff = JSON.parse(gatescope("diff", scratch("before.yaml"), scratch("after.yaml"), "-o", "json"));
  const page = await open(empty);
  await drop(page, [{ name: "1-before.yaml", text: all }, { name: "2-after.yaml", text: later }]);
  await page.getByRole("button", { name: "Before and after" }).click();
  await page.locator(".chip", { hasText: "opened" }).waitFor();
  const told = async (what) => Number((await page.locator(".chip", { hasText: what }).last().locator(".num").textContent()) ?? 0);
  for (const what of ["opened", "closed", "moved", "reweighted", "uncertain"]) assert.equal(await told(what), diff.summary[what], what);
  await page.locator(".chip", { hasText: "moved" }).click();
  await page.locator(".space .row:not(.group)").first().click();
  await page.locator(".panel").getByText("Before", { exact: true }).waitFor();
  await page.clean();
});

test("clusters side by side", async () => {
  const page = await open(empty);
  await drop(page, [{ name: "east.yaml", text: all }, { name: "west.yaml", text: all }]);
  await page.getByRole("button", { name: "Clusters side by side" }).click();
  await page.locator(".cluster").first().waitFor();
  await page.locator(".chooser select").selectOption("url");
  const seen = await rows(page);
  const at = seen.findIndex((r) => r.url?.includes("checkout.northwind.example"));
  assert.match(seen[at].gateway, /^east/);
  assert.match(seen[at + 1].gateway, /^west/);
  assert.equal(seen[at].url, seen[at + 1].url);
  await page.fill("#search", "cluster:west");
  await page.waitForFunction(() => /show all/.test(document.querySelector(".status").textContent));
  assert.ok((await rows(page)).filter((r) => !r.group).every((r) => r.gateway.startsWith("west")));
  await page.clean();
});

test("a bad document is told with its place, and takes nothing else with it", async () => {
  const page = await open(empty);
  await drop(page, [{ name: "mixed.yaml", text: `${all}\n---\nkind: Gateway\n  broken: [\n---\njust words\n` }]);
  await page.locator(".space .row").first().waitFor();
  await page.locator(".source").click();
  assert.match(await page.locator("dialog").textContent(), /mixed\.yaml:\d+:\d+/);
  await page.clean();
});

test("what is no manifest says so; aliases cannot blow up", async () => {
  for (const [name, text, says] of [
    ["a.yaml", "hello", /./],
    ["b.json", '{"kind":', /b\.json:1:\d+/],
    ["c.yaml", `a: &a [x,x,x,x,x,x,x,x,x]\n${[..."bcdefghi"].map((c, i) => `${c}: &${c} [${Array(9).fill(`*${"abcdefghi"[i]}`).join(",")}]`).join("\n")}\n`, /aliases/],
  ]) {
    const page = await open(empty);
    await drop(page, [{ name, text }]);
    const alert = page.locator("[role=alert]");
    await alert.waitFor({ timeout: 20_000 });
    assert.match(await alert.textContent(), says, name);
    await page.clean();
  }
});

test("a snapshot's own name is text", async () => {
  const snapshot = JSON.stringify({ schema: "gatescope/snapshot/v1", cluster: "<b>prod</b>", collected: [], objects: [] });
  const server = await serveFiles("/x/", { snapshot });
  const page = await open(`${server.url}`, { allow: ["404", "events"], wait: ".source" });
  await page.getByText("<b>prod</b>").first().waitFor();
  await page.clean();
  await server.close();
});

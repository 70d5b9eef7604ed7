// The seven questions, on the bundled example; and that the page says what the program says.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { closeBrowser, demo, drop, gatescope, open, root, rows, single } from "./lib.mjs";

let url;
let report;
before(() => {
  url = single("demo", "-f", demo, "--complete");
  report = JSON.parse(gatescope("resolve", "-f", demo, "--complete", "-o", "json"));
});
after(closeBrowser);

const scheme = { HTTP: "http", HTTPS: "https", TLS: "tls", TCP: "tcp", UDP: "udp" };
const path = (o) => (o.namespace ? `${o.namespace}/${o.name}` : o.name);

/** A row as the page should show it, from the program's own report. */
function shown(e) {
  const tls = e.listener.tlsMode === "Passthrough" ? "tls" : scheme[e.listener.protocol];
  const grpc = e.grpc ? `${e.grpc.type === "RegularExpression" ? "~ " : "/"}${e.grpc.service ?? "*"}/${e.grpc.method ?? "*"}` : "";
  const where = e.path ? (e.path.type === "RegularExpression" ? `~ ${e.path.value}` : e.path.value) : grpc;
  const sign = (v, equal) => (v.type === "RegularExpression" ? " ~ " : equal);
  const need = [
    ...(e.path?.type === "Exact" ? ["exact"] : []), ...(e.method ? [e.method] : []), ...e.headers.map((h) => `${h.name}${sign(h, ": ")}${h.value}`),
    ...e.queryParams.map((q) => `?${q.name}${sign(q, "=")}${q.value}`),
  ];
  const b = e.backend;
  const kind = b && b.kind !== "Service" ? `${b.kind} ` : "";
  const target = b ? `${e.action === "mirror" ? "mirror " : ""}${kind}${path(b)}${b.port ? `:${b.port}` : ""}` : { redirect: "redirect", error: "answers an error", none: "nothing", forward: "no backend" }[e.action];
  const weight = e.weight !== undefined && e.weight !== 1 ? ` ×${e.weight}` : "";
  return JSON.stringify({
    verdict: e.state, url: `${tls}://${e.hostname}:${e.listener.port}${where}`, need, backend: target + weight,
    route: `${e.route.kind === "HTTPRoute" ? "" : `${e.route.kind.replace("Route", "")} `}${path(e.route)}`, gateway: `${e.gateway.name} / ${e.listener.name}`,
    address: e.addresses.length ? e.addresses[0] + (e.addresses.length > 1 ? ` +${e.addresses.length - 1}` : "") : "none", reach: e.reach,
  });
}

test("the rows are the program's own", async () => {
  const page = await open(`${url}#group=none`, { wait: ".space .row" });
  const seen = await rows(page);
  const bare = seen.filter((r) => r.backend === "no way in");
  const rest = seen.filter((r) => r.backend !== "no way in");
  const text = ({ verdict, url, need, backend, route, gateway, address, reach }) => JSON.stringify({ verdict, url, need, backend, route, gateway, address, reach });
  assert.deepEqual(rest.map(text), report.exposures.map(shown), "every exposure, in the report's order");
  const without = report.attachments.filter((a) => a.accepted !== "True");
  assert.equal(bare.length, without.length, "every route that is not attached has a row too");
  for (const a of without) {
    const row = bare.find((r) => r.route.endsWith(path(a.route)));
    assert.ok(row, `${path(a.route)} stands in the table`);
    assert.equal(row.verdict, a.accepted === "False" ? "refused" : "unknown");
    assert.match(row.why, new RegExp((a.cause ?? a.reason).replace(/[()]/g, "\\$&")));
  }
  // The file that the page exports is the report itself.
  await page.keyboard.press("e");
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "JSON" }).click()]);
  assert.deepEqual(JSON.parse(readFileSync(await download.path(), "utf8")), report);
  await page.clean();
});

test("1: what is reachable from outside", async () => {
  const page = await open(url);
  await page.getByRole("button", { name: "external", exact: true }).click();
  await page.getByRole("button", { name: /\d+ exposed$/ }).click();
  await page.waitForFunction(() => document.querySelector("#search").value.includes("is:exposed"));
  const seen = (await rows(page)).filter((r) => !r.group);
  const wanted = report.exposures.filter((e) => e.reach === "external" && e.state === "exposed");
  assert.equal(seen.length, wanted.length);
  assert.ok(seen.every((r) => r.reach === "external" && r.verdict === "exposed"));
  assert.match(await page.locator(".status").textContent(), new RegExp(`Showing ${wanted.length} of`));
  await page.clean();
});

test("2: who owns this host", async () => {
  const page = await open(`${url}#q=host:shop.northwind.example&group=none`, { wait: ".space .row" });
  await page.locator(".space .row", { hasText: "/cart" }).first().click();
  await page.locator(".panel dd").getByRole("button", { name: "shop.northwind.example" }).click();
  const panel = page.locator(".panel");
  await panel.getByText("Who owns it").waitFor();
  assert.match(await panel.textContent(), /Contested: namespaces media, shop/);
  await page.clean();
});

test("3: why is my route not attached", async () => {
  const page = await open(`${url}#q=route:search/jobs&group=none`, { wait: ".space .row" });
  await page.locator(".space .row").first().click();
  const first = page.locator(".gate.first").first();
  await first.waitFor();
  assert.match(await first.textContent(), /Do the hostnames meet\?.*wanted\*\.northwind\.example.*foundjobs\.nortwhind\.example.*spec\.hostnames/);
  const panel = await page.locator(".panel").textContent();
  assert.match(panel, /kubectl get httproute jobs -n search -o yaml/);
  assert.match(panel, /GS0203/);
  await page.clean();
});

test("4: what changed", async () => {
  const page = await open(single("empty", "--empty"));
  const all = readdirSync(demo).sort().map((f) => readFileSync(`${demo}/${f}`, "utf8")).join("\n---\n");
  const change = readFileSync(`${root}deploy/example/pull-request.yaml`, "utf8");
  await drop(page, [{ name: "1-before.yaml", text: all }, { name: "2-after.yaml", text: `${all}\n---\n${change}` }]);
  await page.getByRole("button", { name: "Before and after" }).click();
  await page.locator(".chip", { hasText: "opened" }).click();
  const opened = (await rows(page)).filter((r) => !r.group);
  assert.ok(opened.some((r) => r.url.startsWith("https://careers.northwind.example")), JSON.stringify(opened));
  await page.clean();
});

test("5: what shadows what", async () => {
  const page = await open(`${url}#q=is:shadowed+sale&group=none`, { wait: ".space .row" });
  await page.locator(".space .row").first().click();
  const list = page.locator(".contenders li");
  await list.first().waitFor();
  assert.match(await list.nth(0).textContent(), /media\/spring-campaign.*answers/);
  assert.match(await list.nth(1).textContent(), /shop\/sale.*the winner is older/);
  const line = await list.nth(1).locator("span.lost").evaluate((e) => getComputedStyle(e).textDecorationLine);
  assert.equal(line, "line-through");
  await page.clean();
});

test("6: what is plain HTTP", async () => {
  const page = await open(url);
  await page.getByRole("button", { name: "plain HTTP" }).click();
  await page.waitForFunction(() => document.querySelector("#search").value.includes("tls:none"));
  const seen = (await rows(page)).filter((r) => !r.group);
  const wanted = report.exposures.filter((e) => !["HTTPS", "TLS"].includes(e.listener.protocol));
  assert.equal(seen.length, wanted.length);
  assert.ok(seen.every((r) => /^(http|tcp|udp):/.test(r.url)), JSON.stringify(seen));
  await page.clean();
});

test("7: what breaks if this goes", async () => {
  const page = await open(`${url}#q=backend:shop/cart&group=none`, { wait: ".space .row" });
  await page.locator(".space .row").first().click();
  await page.getByRole("button", { name: "Without Service shop/cart" }).click();
  const impact = page.locator(".impact");
  await impact.waitFor();
  const served = report.exposures.filter((e) => e.state === "exposed" && e.backend?.name === "cart" && e.backend.namespace === "shop");
  assert.match(await impact.textContent(), new RegExp(`^${served.length} ways? in closes?`));
  assert.match(await impact.textContent(), /GS0102/);
  await page.clean();
});

test("which route serves this URL", async () => {
  const page = await open(url);
  await page.fill("#ask", "https://shop.northwind.example/sale");
  await page.keyboard.press("Enter");
  const outcome = page.locator(".outcome");
  await outcome.first().waitFor();
  const answers = JSON.parse(gatescope("trace", "https://shop.northwind.example/sale", "-f", demo, "--complete", "-o", "json"));
  assert.equal(await outcome.count(), answers.length);
  assert.match(await outcome.first().textContent(), /is forwarded/);
  assert.equal(await page.locator(".panel .contenders li").count(), answers.reduce((n, a) => n + (a.exposure ? 1 : 0) + a.lost.length, 0));
  await page.clean();
});

test("a node stands at its first row, and stays in sight while its rows are", async () => {
  const page = await open(`${url}#view=topology`, { wait: ".node" });
  for (const top of [0, 130, 700, 1500]) {
    const wrong = await page.evaluate(async (top) => {
      const scroller = document.querySelector(".scroller");
      scroller.scrollTop = top;
      await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
      const head = document.querySelector(".columns").getBoundingClientRect().bottom;
      return [...document.querySelectorAll(".wrap:not([hidden])")].flatMap((wrap) => {
        const [w, n] = [wrap.getBoundingClientRect(), wrap.querySelector(".node").getBoundingClientRect()];
        const wanted = Math.min(Math.max(w.top, head + 6), w.bottom - n.height);
        return w.bottom > head && Math.abs(n.top - Math.max(w.top, wanted)) > 2 ? [`${wrap.querySelector(".label").textContent}: at ${n.top}, rows from ${w.top} to ${w.bottom}, head ${head}`] : [];
      });
    }, top);
    assert.deepEqual(wrong, [], `scrolled to ${top}`);
  }
  await page.clean();
});

test("the address shows the same again", async () => {
  const page = await open(url);
  await page.fill("#search", "ns:payments -is:exposed");
  await page.getByRole("button", { name: "Topology" }).click();
  await page.locator(".node").first().waitFor();
  await page.locator(".node", { hasText: "payments/webhooks" }).click();
  await page.waitForFunction(() => location.hash.includes("at="));
  const labels = (p) => p.locator(".wrap:not([hidden]) .node .label").allTextContents().then((l) => l.sort());
  // The picture comes from the worker, a moment after the words.
  await page.locator(".node", { hasText: "shop/cart" }).first().waitFor({ state: "hidden" });
  const [before, title] = [await labels(page), await page.locator(".panel h2").textContent()];
  const again = await open(page.url(), { wait: ".node" });
  await again.locator(".panel h2").waitFor();
  assert.ok(before.includes("payments/refunds"), before.join());
  assert.deepEqual(await labels(again), before);
  assert.equal(await again.locator(".panel h2").textContent(), title);
  await again.goBack().catch(() => undefined);
  await again.clean();
  await page.clean();
});

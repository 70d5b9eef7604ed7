//! Parts of a report, packed: strings once, numbers in columns.

import type { Finding, Gateway, Layout, Listener, Report, State } from "gatescope";
import type { Columns } from "gatescope/columns";
import { Packer, type Packed } from "../model/table";
import type { Laid } from "./protocol";

const TRI = { True: 1, False: 0, Unknown: 2 } as const;
const SEVERITY = { error: 1, warning: 2, info: 3 } as const;
const REACH = { external: 0, internal: 1, unknown: 2 } as const;
const STATE: Record<State, number> = { exposed: 0, shadowed: 1, blocked: 2, unknown: 3 };
export const COLUMNS = ["class", "gateway", "listener", "hostname", "route", "rule", "backend"] as const;

const path = (namespace: string | undefined, name: string) => (namespace ? `${namespace}/${name}` : name);

export function gateways(list: Gateway[]): Packed {
  const p = new Packer({ namespace: "text", name: "text", class: "text", controller: "text", profile: "text", addresses: "text", reach: "u8", accepted: "u8", programmed: "u8" });
  for (const g of list) {
    p.push({ ...g, controller: g.controller, addresses: g.addresses.map((a) => a.value).join("\n"), reach: REACH[g.reach], accepted: TRI[g.accepted], programmed: TRI[g.programmed] });
  }
  return p.finish();
}

export function listeners(list: Listener[]): Packed {
  const p = new Packer({
    ownerKind: "text", ownerNamespace: "text", ownerName: "text", gatewayNamespace: "text", gatewayName: "text", name: "text", port: "u32", protocol: "text",
    hostname: "text", tls: "text", clientAuth: "text", programmed: "u8", cause: "text", reasons: "text", attached: "u32", certificates: "text", assumes: "text", index: "u32",
  });
  const place = new Map<string, number>();
  for (const l of list) {
    const owner = `${l.owner.kind}/${path(l.owner.namespace, l.owner.name)}`;
    const index = place.get(owner) ?? 0;
    place.set(owner, index + 1);
    p.push({
      ownerKind: l.owner.kind, ownerNamespace: l.owner.namespace, ownerName: l.owner.name, gatewayNamespace: l.gateway.namespace, gatewayName: l.gateway.name,
      name: l.name, port: l.port, protocol: l.protocol, hostname: l.hostname, tls: l.tls?.mode, clientAuth: l.tls?.clientAuth,
      programmed: l.programmed === undefined ? 2 : l.programmed ? 1 : 0, cause: l.cause, reasons: l.reasons.join(", "), attached: l.attachedRoutes,
      certificates: l.tls?.certificates.map((c) => `${c.kind} ${path(c.namespace, c.name)}`).join("\n"),
      assumes: l.assumes.map((c) => `${c.kind} ${path(c.namespace, c.name)}`).join("\n"), index,
    });
  }
  return p.finish();
}

const GATES = ["parent", "allowed-listeners", "section", "port", "protocol", "kind", "namespace", "hostname"];

/** Attachments; `bare` are those without rows, with the hostnames that their routes ask for. */
export function attachments(report: Report, rows: Columns, hosts: (kind: string, namespace: string, name: string) => string[]): Packed {
  const set = (kind: string) => (kind.endsWith("ListenerSet") ? "set" : "gw");
  const served = new Set<string>();
  const seen = new Set<number>();
  const routes = rows.routeName.length;
  for (let i = 0; i < rows.length; i++) {
    const [l, r] = [rows.listener[i], rows.route[i]];
    const pair = l * routes + r;
    if (seen.has(pair)) continue;
    seen.add(pair);
    const owner = `${set(rows.text(rows.listenerOwnerKind[l]))}/${rows.text(rows.listenerOwnerNamespace[l])}/${rows.text(rows.listenerOwnerName[l])}`;
    served.add(`${owner}/${rows.text(rows.listenerName[l])} ${rows.text(rows.routeKind[r])}/${rows.text(rows.routeNamespace[r])}/${rows.text(rows.routeName[r])}`);
  }
  const p = new Packer({
    kind: "text", namespace: "text", name: "text", parentKind: "text", parentNamespace: "text", parentName: "text", section: "text", port: "u32",
    accepted: "u8", reason: "text", cause: "text", resolved: "u8", resolvedReason: "text", drift: "u8", bare: "u8", hosts: "text", gate: "text",
  });
  for (const a of report.attachments) {
    const { route, parentRef: r } = a;
    const owner = `${set(r.kind)}/${r.namespace}/${r.name}`;
    const bare = !a.listeners.some((l) => served.has(`${owner}/${l} ${route.kind}/${route.namespace ?? ""}/${route.name}`));
    const failed = a.gates.filter((g) => g.passed === false).sort((x, y) => GATES.indexOf(y.gate) - GATES.indexOf(x.gate))[0];
    p.push({
      kind: route.kind, namespace: route.namespace, name: route.name, parentKind: r.kind, parentNamespace: r.namespace, parentName: r.name,
      section: r.sectionName, port: r.port ?? 0, accepted: TRI[a.accepted], reason: a.reason, cause: a.cause, resolved: TRI[a.resolvedRefs],
      resolvedReason: a.resolvedRefsReason, drift: a.drift ? 1 : 0, bare: bare ? 1 : 0,
      hosts: bare ? hosts(route.kind, route.namespace ?? "", route.name).join("\n") : "",
      gate: failed && failed.wanted !== failed.found ? `${failed.gate}: wants ${failed.wanted || "none"}, found ${failed.found || "none"}` : "",
    });
  }
  return p.finish();
}

export function findings(list: Finding[]): Packed {
  const p = new Packer({ code: "text", severity: "u8", kind: "text", namespace: "text", name: "text", message: "text", hint: "text", field: "text", related: "text" });
  for (const f of list) {
    p.push({
      code: f.code, severity: SEVERITY[f.severity], kind: f.subject.kind, namespace: f.subject.namespace, name: f.subject.name, message: f.message, hint: f.hint,
      field: f.field, related: f.related.map((r) => `${r.kind}/${r.namespace ?? ""}/${r.name}`).join("\n"),
    });
  }
  return p.finish();
}

export function layout(l: Layout): Laid {
  const p = new Packer({
    key: "text", column: "u8", parent: "i32", label: "text", detail: "text", reason: "text", kind: "text", namespace: "text", name: "text", y: "u32", height: "u32",
    state: "u8", best: "u8", severity: "u8", reach: "u8", folded: "u32", group: "text", first: "u32", rows: "u32", attachment: "i32",
    exposed: "u32", shadowed: "u32", blocked: "u32", unknown: "u32", refused: "u32", pending: "u32",
  });
  for (const n of l.nodes) {
    p.push({
      key: n.key, column: COLUMNS.indexOf(n.column), parent: n.parent ?? -1, label: n.label, detail: n.detail, reason: n.reason, kind: n.object?.kind,
      namespace: n.object?.namespace, name: n.object?.name, y: n.y, height: n.height, state: n.state ? STATE[n.state] : 9, best: n.best ? STATE[n.best] : 9,
      severity: n.severity ? SEVERITY[n.severity] : 0, reach: n.reach ? REACH[n.reach] : 9, folded: n.folded, group: n.group, first: n.firstRow, rows: n.rows,
      attachment: n.attachment ?? -1, ...n.counts,
    });
  }
  return { nodes: p.finish(), rows: Uint32Array.from(l.rows), height: l.height, folded: l.folded, mesh: l.mesh };
}

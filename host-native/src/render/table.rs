//! The listing that a person reads first: by gateway and listener, then what was refused, then findings.

use super::grid::Style;
use super::layout::Layout;
use super::rows::{self, Row, Winners};
use super::{findings, gates, gateway, object, plural};
use crate::term::{Screen, safe};
use gatescope_core::types::{Exposure, Gateway, GatewayRef, Listener, ObjectRef, Reach, Report, Tri};
use std::fmt::Write as _;

/// A line of the listing: headings are as they are, rows wait for the layout of all.
enum Line {
    Heading(String),
    Row(Row),
}

/// The whole report as text. `total` is the number of rows before filters, where there were any.
pub(crate) fn table(screen: Screen, report: &Report, winners: &Winners, total: Option<usize>) -> String {
    let mut lines = Vec::new();
    for g in gateways(report) {
        gateway_lines(screen, report, &g, winners, total.is_some(), &mut lines);
    }
    let mut layout = Layout::of(screen, 4, lines.iter().filter_map(|l| if let Line::Row(r) = l { Some(r) } else { None }));
    let mut out = String::new();
    for line in &lines {
        match line {
            Line::Heading(text) => out.push_str(text),
            Line::Row(row) => layout.write(&mut out, row),
        }
    }
    sections(&mut out, screen, report, total);
    if layout.cut() {
        let _ = writeln!(out, "{}", screen.paint.dim("cells ending in … were cut to fit; a pipe (| less) and -o wide show them whole"));
    }
    out
}

/// What follows the rows: refused attachments, mesh, findings, totals.
pub(super) fn sections(out: &mut String, screen: Screen, report: &Report, total: Option<usize>) {
    refused(out, screen, report);
    mesh(out, screen, report);
    if !report.findings.is_empty() {
        let _ = writeln!(out, "{}", screen.paint.bold("Findings"));
        findings::list(out, screen, &report.findings);
        out.push('\n');
    }
    out.push_str(&totals(screen, report, total));
}

/// Gateways in the report's order.
fn gateways(report: &Report) -> Vec<GatewayRef> {
    let mut list: Vec<GatewayRef> = report.gateways.iter().map(|g| GatewayRef { namespace: g.namespace.clone(), name: g.name.clone() }).collect();
    for e in &report.exposures {
        if !list.contains(&e.gateway) {
            list.push(e.gateway.clone());
        }
    }
    list
}

fn gateway_lines(screen: Screen, report: &Report, g: &GatewayRef, winners: &Winners, filtered: bool, lines: &mut Vec<Line>) {
    let known = report.gateways.iter().find(|k| k.namespace == g.namespace && k.name == g.name);
    lines.push(Line::Heading(gateway_heading(screen, g, known)));
    let mut any = false;
    for l in report.listeners.iter().filter(|l| l.gateway == *g) {
        let own = report.exposures.iter().filter(|e| e.gateway == *g && e.listener.owner == l.owner && e.listener.name == l.name);
        let rows = rows::rows(own, winners);
        if rows.is_empty() && filtered && l.programmed == Some(true) {
            continue;
        }
        any = true;
        lines.push(Line::Heading(listener_heading(screen, l, rows.is_empty())));
        lines.extend(rows.into_iter().map(Line::Row));
    }
    // Rows whose listener is not listed: none today, and never to be lost.
    let stray = |e: &&Exposure| e.gateway == *g && !report.listeners.iter().any(|l| l.owner == e.listener.owner && l.name == e.listener.name);
    for row in rows::rows(report.exposures.iter().filter(stray), winners) {
        any = true;
        lines.push(Line::Row(row));
    }
    if !any {
        lines.push(Line::Heading(format!("  {}\n", screen.paint.dim("no listeners"))));
    }
    lines.push(Line::Heading("\n".into()));
}

fn gateway_heading(screen: Screen, g: &GatewayRef, known: Option<&Gateway>) -> String {
    let paint = screen.paint;
    let mut out = paint.bold(&safe(&format!("Gateway {}", gateway(g))));
    let Some(known) = known else { return format!("{out}\n") };
    let mut parts = vec![format!("class {}", safe(&known.class)), format!("profile {}", safe(&known.profile))];
    const SHOWN: usize = 3;
    let mut addresses: Vec<String> = known.addresses.iter().take(SHOWN).map(|a| safe(&a.value).into_owned()).collect();
    if known.addresses.len() > SHOWN {
        addresses.push(format!("{} more", known.addresses.len().saturating_sub(SHOWN)));
    }
    parts.push(if addresses.is_empty() { "no address".into() } else { addresses.join(", ") });
    parts.push(match known.reach {
        Reach::External => paint.yellow("external"),
        Reach::Internal => "internal".into(),
        Reach::Unknown => "reach unknown".into(),
    });
    if known.accepted == Tri::False {
        parts.push(paint.red("not accepted by its controller"));
    }
    if known.programmed == Tri::False {
        parts.push(paint.yellow("reported as not programmed"));
    }
    let _ = writeln!(out, "  {}", parts.join(&paint.dim(" · ")));
    out
}

fn listener_heading(screen: Screen, l: &Listener, empty: bool) -> String {
    let paint = screen.paint;
    let mut parts = vec![safe(&format!("{} :{}", l.protocol, l.port)).into_owned()];
    parts.push(safe(l.hostname.as_deref().unwrap_or("every host")).into_owned());
    if let Some(tls) = &l.tls {
        let mut text = tls.mode.to_string();
        if tls.client_auth != "none" {
            let _ = write!(text, ", client certificate {}", tls.client_auth);
        }
        if l.protocol != "HTTPS" || tls.client_auth != "none" {
            parts.push(safe(&text).into_owned());
        }
    }
    if l.owner.kind != "Gateway" {
        parts.push(safe(&format!("from {}", object(&l.owner))).into_owned());
    }
    parts.push(plural(l.attached_routes, "route"));
    let reasons = l.reasons.join(", ");
    match (l.programmed, reasons.is_empty()) {
        (Some(false), _) => parts.push(paint.red(&safe(&format!("not programmed: {reasons}")))),
        (None, _) => parts.push(paint.yellow(&safe(&format!("unknown: {}", l.cause.as_deref().unwrap_or_default())))),
        (Some(true), false) => parts.push(paint.yellow(&safe(&reasons))),
        (Some(true), true) => {}
    }
    if !l.assumes.is_empty() {
        let names: Vec<String> = l.assumes.iter().map(object).collect();
        parts.push(paint.dim(&safe(&format!("presumes {}", names.join(", ")))));
    }
    let tail = if empty && l.attached_routes == 0 { paint.dim("  nothing attached") } else { String::new() };
    let name = format!("listener {}", l.name);
    format!("  {}  {}{tail}\n", Style::Bold.paint(paint, &safe(&name)), parts.join(&paint.dim(" · ")))
}

fn refused(out: &mut String, screen: Screen, report: &Report) {
    let paint = screen.paint;
    let sets: Vec<_> = report.listener_sets.iter().filter(|s| s.accepted != Tri::True).collect();
    let routes: Vec<_> = report.attachments.iter().filter(|a| a.accepted != Tri::True).collect();
    if sets.is_empty() && routes.is_empty() {
        return;
    }
    let _ = writeln!(out, "{}", paint.bold("Not attached"));
    for s in sets {
        let (word, style) = match s.accepted {
            Tri::False => (format!("refused: {}", s.reason), Style::Red),
            _ => (format!("unknown: {}", s.cause.as_deref().unwrap_or(&s.reason)), Style::Yellow),
        };
        let head = format!("ListenerSet/{}/{} → Gateway {}", s.namespace, s.name, gateway(&s.gateway));
        let _ = writeln!(out, "  {}  {}", safe(&head), style.paint(paint, &safe(&word)));
    }
    for a in routes {
        let (word, style) = gates::accepted(a);
        let head = format!("{} → {}", object(&a.route), gates::parent(&a.parent_ref));
        let _ = writeln!(out, "  {}  {}", safe(&head), style.paint(paint, &safe(&word)));
        const SHOWN: usize = 4;
        let why = gates::why(a);
        for line in why.iter().take(SHOWN) {
            let _ = writeln!(out, "      {}", paint.dim(&safe(line)));
        }
        if why.len() > SHOWN {
            let rest = format!("and {} more listeners; see: gatescope explain {}", why.len().saturating_sub(SHOWN), object(&a.route));
            let _ = writeln!(out, "      {}", paint.dim(&safe(&rest)));
        }
    }
    out.push('\n');
}

fn mesh(out: &mut String, screen: Screen, report: &Report) {
    if report.mesh.is_empty() {
        return;
    }
    let _ = writeln!(out, "{}  {}", screen.paint.bold("Mesh"), screen.paint.dim("routes of a Service: between workloads, not exposed by a gateway"));
    let service = |s: &ObjectRef| format!("{}/{}", s.namespace.as_deref().unwrap_or_default(), s.name);
    for m in &report.mesh {
        let line = format!("{} → Service {}  {}, {}", object(&m.route), service(&m.service), m.role, plural(m.rules, "rule"));
        let _ = writeln!(out, "  {}", safe(&line));
    }
    out.push('\n');
}

/// One line that sums up.
pub(super) fn totals(screen: Screen, report: &Report, total: Option<usize>) -> String {
    let paint = screen.paint;
    let s = &report.summary;
    let refused = report.attachments.iter().filter(|a| a.accepted == Tri::False).count();
    let mut parts = vec![plural(s.gateways, "gateway"), rows::states(s.exposed, s.shadowed, s.blocked, s.unknown)];
    if refused > 0 {
        parts.push(format!("{} refused", plural(refused, "attachment")));
    }
    parts.push(findings::counts(&s.findings));
    if let Some(all) = total {
        parts.push(format!("showing {} of {}", report.exposures.len(), plural(all, "row")));
    }
    let text = parts.join(" · ");
    let text = if s.findings.error > 0 { paint.red(&text) } else { paint.bold(&text) };
    format!("{text}\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::url::tests::row;
    use crate::term::Paint;
    use serde_json::json;

    fn report() -> Report {
        let mut report: Report = serde_json::from_value(json!({
            "schema": "gatescope/report/v1",
            "summary": {"exposed": 4, "shadowed": 1, "blocked": 1, "unknown": 0, "gateways": 1, "findings": {"error": 1, "warning": 0, "info": 1}},
            "gateways": [{"namespace": "infra", "name": "edge", "class": "istio", "profile": "standard", "reach": "external", "accepted": "True", "programmed": "True",
                "addresses": [{"type": "IPAddress", "value": "203.0.113.7", "reach": "external"}]}],
            "listenerSets": [],
            "listeners": [
                {"owner": {"kind": "Gateway", "namespace": "infra", "name": "edge"}, "gateway": {"namespace": "infra", "name": "edge"}, "name": "http", "port": 80, "protocol": "HTTP",
                 "supportedKinds": [], "attachedRoutes": 0, "programmed": true, "assumes": [], "reasons": []},
                {"owner": {"kind": "Gateway", "namespace": "infra", "name": "edge"}, "gateway": {"namespace": "infra", "name": "edge"}, "name": "https", "port": 443, "protocol": "HTTPS",
                 "hostname": "*.example.com", "supportedKinds": [], "attachedRoutes": 2, "programmed": true, "assumes": [{"kind": "Secret", "namespace": "infra", "name": "wild"}], "reasons": []}],
            "attachments": [{"route": {"kind": "HTTPRoute", "namespace": "pay", "name": "api"}, "parentRef": {"group": "g", "kind": "Gateway", "namespace": "infra", "name": "edge", "sectionName": "https"},
                "accepted": "False", "reason": "NotAllowedByListeners", "resolvedRefs": "True", "resolvedRefsReason": "ResolvedRefs", "listeners": [], "drift": false,
                "gates": [{"listener": "https", "gate": "section", "passed": true, "wanted": "https", "found": "https"}, {"listener": "https", "gate": "namespace", "passed": false, "wanted": "Same (infra)", "found": "pay"}]}],
            "exposures": [], "policies": [], "mesh": [],
            "findings": [
                {"code": "GS0301", "severity": "info", "subject": {"kind": "Service", "namespace": "shop", "name": "lb"}, "message": "worth knowing", "related": []},
                {"code": "GS0102", "severity": "error", "subject": {"kind": "HTTPRoute", "namespace": "shop", "name": "web"}, "message": "backend `gone` does not exist", "hint": "create the Service `shop/gone`, or take the reference out", "field": "spec.rules[1].backendRefs[0]", "related": []}]
        })).unwrap();
        let backend = |name: &str| json!({"group": "", "kind": "Service", "namespace": "shop", "name": name, "port": 8080});
        report.exposures = vec![
            row(
                json!({"id": "e-1", "path": {"type": "Exact", "value": "/cart"}, "method": "GET", "headers": [{"type": "Exact", "name": "x-canary", "value": "1"}], "backend": backend("cart")}),
            ),
            row(json!({"id": "e-2", "rule": 1, "backend": backend("web"), "weight": 9})),
            row(json!({"id": "e-3", "rule": 1, "backend": backend("web-canary"), "weight": 1})),
            row(
                json!({"id": "e-4", "rule": 2, "path": {"type": "PathPrefix", "value": "/old"}, "backend": backend("gone"), "state": "blocked", "reasons": ["BackendNotFound"]}),
            ),
            row(json!({"id": "e-5", "rule": 3, "path": {"type": "PathPrefix", "value": "/go"}, "backend": null, "weight": null, "action": "redirect"})),
            row(
                json!({"id": "e-6", "state": "shadowed", "shadowedBy": "e-2", "route": {"kind": "HTTPRoute", "namespace": "evil\u{1b}[2J", "name": "web"}, "backend": backend("loot")}),
            ),
        ];
        report
    }

    #[test]
    fn reads_well_in_a_pipe() {
        let screen = Screen { paint: Paint::default(), columns: None, terminal: false };
        let report = report();
        let text = table(screen, &report, &Winners::of(&report.exposures), None);
        let want = "\
Gateway infra/edge  class istio · profile standard · 203.0.113.7 · external
  listener http  HTTP :80 · every host · 0 routes  nothing attached
  listener https  HTTPS :443 · *.example.com · 2 routes · presumes Secret/infra/wild
    https://shop.example.com/cart  exact GET x-canary: 1  → cart:8080                          exposed   HTTPRoute/shop/web
    https://shop.example.com/                             → web:8080 90%, web-canary:8080 10%  exposed   HTTPRoute/shop/web
    https://shop.example.com/old                          → gone:8080                          blocked   HTTPRoute/shop/web           BackendNotFound
    https://shop.example.com/go                           → redirect                           exposed   HTTPRoute/shop/web
    https://shop.example.com/                             → shop/loot:8080                     shadowed  HTTPRoute/evil\\u{1b}[2J/web  by HTTPRoute/shop/web
";
        assert!(text.starts_with(want), "{text}");
        assert!(text.contains("HTTPRoute/evil\\u{1b}[2J/web") && !text.contains('\u{1b}'));
        assert!(text.find("error   GS0102").unwrap() < text.find("info    GS0301").unwrap());
        assert!(text.contains("listener https: namespace: wants Same (infra), found pay"));
        assert!(text.ends_with("1 gateway · 6 rows: 4 exposed, 1 shadowed, 1 blocked · 1 attachment refused · 1 error, 1 info\n"));
        println!("{text}");
    }

    #[test]
    fn fits_a_terminal() {
        for columns in [60, 80, 100, 120, 140, 200] {
            let screen = Screen { paint: Paint::default(), columns: Some(columns), terminal: true };
            let report = report();
            let text = table(screen, &report, &Winners::of(&report.exposures), None);
            println!("{text}");
            let rows = text.lines().filter(|l| l.contains("→ ") && !l.contains("HTTPRoute/pay"));
            assert_eq!(rows.clone().count(), 5);
            assert!(rows.clone().all(|l| crate::term::width(l) <= columns), "{text}");
            assert!(!text.contains("were cut to fit"), "{columns}");
        }
    }
}

//! The landing page of a build without the page: what is served here, and where.

use super::{App, PATHS};
use std::fmt::Write as _;

/// It has a style of its own and no script.
pub(super) const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Links are relative, so that it works under any path of a reverse proxy.
pub(super) fn html(app: &App) -> String {
    let now = app.hub.now();
    let mut out = String::from(
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content=\"width=device-width\"><title>gatescope</title>\
         <style>body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}td{padding:.15rem 1rem .15rem 0;vertical-align:top}code{font-size:.9em}</style>\
         <h1>gatescope</h1>",
    );
    let s = &now.summary;
    let state = if now.ready() { "ready" } else { "not ready" };
    let _ = write!(
        out,
        "<p>{state}: {} gateways, {} exposed, {} shadowed, {} blocked, {} unknown; {} errors, {} warnings</p>",
        s.gateways, s.exposed, s.shadowed, s.blocked, s.unknown, s.findings.error, s.findings.warning
    );
    for trouble in now.troubles() {
        let _ = write!(out, "<p><strong>{}</strong></p>", escaped(&trouble));
    }
    out.push_str("<table>");
    for (path, what) in PATHS {
        let link = path.trim_start_matches('/');
        let cell =
            if path.contains("NAME") { format!("<code>{path}</code>") } else { format!("<a href=\"{}\"><code>{}</code></a>", escaped(link), escaped(path)) };
        let _ = write!(out, "<tr><td>{cell}<td>{}", escaped(what));
    }
    out.push_str("</table>");
    let module = app.module.as_ref().map_or_else(|| "none in this build".to_owned(), |m| format!("sha256 <code>{}</code>", m.sha256()));
    if let Some(plugin) = super::assets::plugin() {
        let _ = write!(
            out,
            "<p>Envoy plugin <a href=\"wasm/gatescope-proxy.wasm\"><code>/wasm/gatescope-proxy.wasm</code></a>, sha256 <code>{}</code></p>",
            plugin.sha256()
        );
    }
    let _ = write!(out, "<p>version {}, engine {}, module {module}</p></html>", env!("CARGO_PKG_VERSION"), escaped(now.engine));
    out
}

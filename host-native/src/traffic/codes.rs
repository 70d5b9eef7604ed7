//! Findings that only traffic tells. `gatescope explain CODE` says the same, offline.

use gatescope_core::diagnose::Info;
use gatescope_core::types::Severity;

/// All of them.
pub const CODES: [&Info; 3] = [&NEVER_HIT, &UNDECLARED, &DRIFT];

/// GS0811.
pub(super) static NEVER_HIT: Info = Info {
    code: "GS0811",
    name: "never-hit",
    severity: Severity::Info,
    title: "exposed, and nobody calls it",
    meaning: "The Envoy plugin watched the Gateway for --never-hit-after seconds, and for some matches of the route no request came. They are open all the same.",
    remedy: "Close what nobody needs. The counters are those of the proxies that --envoy-stats names: others may be missing, and so may requests of rare occasions.",
    rules: &[],
};

/// GS0812.
pub(super) static UNDECLARED: Info = Info {
    code: "GS0812",
    name: "undeclared-traffic",
    severity: Severity::Warning,
    title: "Envoy serves requests that nobody declared",
    meaning: "In the last day Envoy had a route for requests that no Gateway API route covers. Something beside the Gateway API configures it (a patch, an extension \
              server, a VirtualService), an object was removed that the proxy still serves, or gatescope may not read all routes.",
    remedy: "Find the requests with `mode: log` of the plugin or in the access log (verdict `undeclared`), and what makes the route with Envoy's /config_dump.",
    rules: &[],
};

/// GS0813.
pub(super) static DRIFT: Info = Info {
    code: "GS0813",
    name: "traffic-drift",
    severity: Severity::Warning,
    title: "Envoy routes otherwise than the objects say",
    meaning: "In the last day Envoy chose another route, another match, or none for requests that this route should serve as its controller is known to work.",
    remedy: "Look whether the controller has programmed the newest objects; if it has, it does otherwise than its profile says (docs/controllers.md), which is worth a report.",
    rules: &[],
};

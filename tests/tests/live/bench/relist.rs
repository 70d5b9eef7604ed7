//! W9: all is listed again after a 410, and compared with what is known.

use super::program::{rows, start, weight};
use gatescope_tests::bench::figure::Figure;
use gatescope_tests::cluster::{ADMIN, Cluster, Fault, Proxy, eventually};
use gatescope_tests::exporter::Exporter;
use serde_json::json;
use std::time::{Duration, Instant};

pub(super) fn relist(cluster: &mut Cluster, routes: usize, pause: Duration) -> Vec<Figure> {
    let proxy = Proxy::start(&cluster.kubeconfig(ADMIN));
    let between = cluster.kubeconfig_at("bench-proxy", proxy.url(), &json!({})).display().to_string();
    let (exporter, _) = start(&between, "wasm", "routes,objects,gatescope");
    std::thread::sleep(pause);
    let (before, many) = (weight(&exporter), rows(&exporter));
    proxy.set(Fault::Cut);
    let cause = |exporter: &Exporter| {
        let runtime = exporter.json("/api/v1/runtime");
        let source = runtime["sources"].as_array().unwrap().iter().find(|s| s["kind"] == "HTTPRoute.gateway.networking.k8s.io").cloned().unwrap();
        source.get("cause").cloned()
    };
    eventually("the watch is cut", Duration::from_secs(30), || cause(&exporter).ok_or_else(String::new));
    cluster.compact();
    cluster.kill_server();
    cluster.start_server(&[]);
    // From here on the highest mark is that of the relist.
    std::fs::write(format!("/proc/{}/clear_refs", exporter.pid()), "5").unwrap();
    let began = Instant::now();
    proxy.set(Fault::None);
    eventually("well again", Duration::from_secs(120), || if cause(&exporter).is_none() { Ok(()) } else { Err(String::new()) });
    let took = began.elapsed();
    let same = many == rows(&exporter);
    let status = std::fs::read_to_string(format!("/proc/{}/status", exporter.pid())).unwrap();
    let peak = status.lines().find_map(|l| l.strip_prefix("VmHWM:")).unwrap().trim().trim_end_matches(" kB").parse::<f64>().unwrap() / 1024.0;
    vec![
        Figure::time("W9", format!("{routes} routes are listed again after a 410"), took)
            .note("wasm; from a server that answers to a source that is well; one that was lost is asked for once a second"),
        Figure::new("W9", "highest RSS meanwhile, above before", peak - before, "MB").note(format!("{before:.0} MB before, {peak:.0} MB at most")),
        Figure::new("W9", "as many rows as before", f64::from(u8::from(same)), "").exactly(1.0),
    ]
}

//! docs/exposure-id.md, followed word for word and compared with a report.

use gatescope_core::{Engine, Settings};
use xxhash_rust::xxh64::xxh64;

fn h(text: &str) -> u64 {
    xxh64(text.as_bytes(), 0)
}

fn l(words: &[u64]) -> u64 {
    let bytes: Vec<u8> = words.iter().flat_map(|w| w.to_le_bytes()).collect();
    xxh64(&bytes, 0)
}

#[test]
fn ids_are_made_as_the_page_says() {
    let objects = r#"{"kind":"List","apiVersion":"v1","items":[
      {"apiVersion":"gateway.networking.k8s.io/v1","kind":"Gateway","metadata":{"name":"edge","namespace":"infra"},
       "spec":{"gatewayClassName":"c","allowedListeners":{"namespaces":{"from":"All"}},"listeners":[{"name":"http","port":80,"protocol":"HTTP","allowedRoutes":{"namespaces":{"from":"All"}}}]}},
      {"apiVersion":"gateway.networking.k8s.io/v1","kind":"HTTPRoute","metadata":{"name":"web","namespace":"shop"},
       "spec":{"parentRefs":[{"name":"edge","namespace":"infra"}],"hostnames":["a.example.com"],
        "rules":[{"name":"cart","backendRefs":[{"name":"cart","port":8080},{"name":"cart","port":8080}]},
                 {"matches":[{"path":{"value":"/old"}}],"filters":[{"type":"RequestRedirect","requestRedirect":{}}]}]}}]}"#;
    let mut engine = Engine::new(Settings { complete: true, ..Settings::default() });
    engine.load(objects.as_bytes()).expect("the objects are JSON");
    engine.settle();
    let ids: Vec<String> = engine.report().exposures.into_iter().map(|e| e.id).collect();
    let base = l(&[h("infra"), h("edge"), h("Gateway"), h("infra"), h("edge"), h("http"), h("a.example.com"), h("HTTPRoute"), h("shop"), h("web")]);
    let backend = |ordinal| l(&[base, h("cart"), 0, h(""), h("Service"), h("shop"), h("cart"), 8080, ordinal]);
    let bare = l(&[base, 1, 0, h(""), h(""), h(""), h(""), 0, 0]);
    let want: Vec<String> = [backend(0), backend(1), bare].iter().map(|id| format!("e-{id:016x}")).collect();
    assert_eq!(ids, want);
}

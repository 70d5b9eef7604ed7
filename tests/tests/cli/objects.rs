//! Well-formed objects that are wrong: each is a finding with object, field and a way out, and costs no other.

use super::{beside_good, found, rest_stands, route};

fn one(name: &str, text: &str, field: &str) {
    let run = beside_good("bad.yaml", text.as_bytes());
    rest_stands(&run);
    found(&run, name, field);
}

#[test]
fn wrong_shapes_of_a_route() {
    for (spec, field) in [
        ("[1, 2]", "spec"),
        ("text", "spec"),
        ("{parentRefs: edge}", "parentRefs"),
        ("{parentRefs: [7]}", "parentRefs[0]"),
        ("{parentRefs: [{name: edge, port: eighty}]}", "parentRefs[0].port"),
        ("{parentRefs: [{name: edge}], hostnames: a.com}", "hostnames"),
        ("{parentRefs: [{name: edge}], hostnames: [{a: b}]}", "hostnames[0]"),
        ("{parentRefs: [{name: edge}], rules: {a: b}}", "rules"),
        ("{parentRefs: [{name: edge}], rules: [{matches: 1}]}", "rules[0].matches"),
        ("{parentRefs: [{name: edge}], rules: [{matches: [{path: /a}]}]}", "rules[0].matches[0].path"),
        ("{parentRefs: [{name: edge}], rules: [{matches: [{path: {type: Glob, value: /a}}]}]}", "rules[0].matches[0].path.type"),
        ("{parentRefs: [{name: edge}], rules: [{backendRefs: [{name: web, port: 99999}]}]}", "rules[0].backendRefs[0].port"),
        ("{parentRefs: [{name: edge}], rules: [{backendRefs: [{name: web, port: 80, weight: -1}]}]}", "rules[0].backendRefs[0].weight"),
        ("{parentRefs: [{name: edge}], rules: [{backendRefs: [{name: [web], port: 80}]}]}", "rules[0].backendRefs[0].name"),
    ] {
        one("bad", &route("bad", spec), field);
    }
}

#[test]
fn wrong_shapes_of_a_gateway() {
    let gateway = |listeners: &str| {
        format!(
            "apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {{namespace: shop, name: bad}}\nspec: {{gatewayClassName: class, listeners: {listeners}}}\n"
        )
    };
    for (listeners, field) in [
        ("text", "listeners"),
        ("[text]", "listeners[0]"),
        ("[{name: a, port: 0, protocol: HTTP}]", "listeners[0].port"),
        ("[{name: a, port: 70000, protocol: HTTP}]", "listeners[0].port"),
        ("[{name: a, port: '80', protocol: HTTP}]", "listeners[0].port"),
        ("[{name: a, port: 80, protocol: 7}]", "listeners[0].protocol"),
        ("[{name: a, port: 80, protocol: HTTP, allowedRoutes: all}]", "listeners[0].allowedRoutes"),
        ("[{name: a, port: 80, protocol: HTTP, allowedRoutes: {namespaces: {from: Everywhere}}}]", "allowedRoutes.namespaces.from"),
        ("[{name: a, port: 443, protocol: HTTPS, tls: {certificateRefs: cert}}]", "tls.certificateRefs"),
        ("[{port: 80, protocol: HTTP}]", "listeners[0].name"),
    ] {
        one("bad", &gateway(listeners), field);
    }
}

/// What is good in an object with a bad field still counts.
#[test]
fn the_good_part_of_a_bad_object() {
    let spec = "{parentRefs: [{name: edge}], hostnames: [7, fine.example.com], rules: [{backendRefs: [{name: web, port: 80}]}, 7]}";
    let run = beside_good("half.yaml", route("half", spec).as_bytes());
    rest_stands(&run);
    assert!(run.states("half").contains(&"exposed".to_owned()), "{}", run.stdout);
}

#[test]
fn unknown_versions_and_kinds() {
    let text = "\
apiVersion: gateway.networking.k8s.io/v9
kind: HTTPRoute
metadata: {namespace: shop, name: newer}
spec: {parentRefs: [{name: edge}], rules: [{backendRefs: [{name: web, port: 80}]}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: QUICRoute
metadata: {namespace: shop, name: quic}
---
apiVersion: example.net/v1
kind: Widget
metadata: {namespace: shop, name: widget}
---
apiVersion: v1
kind: 7
metadata: {name: seven}
---
kind: Service
metadata: {namespace: shop, name: no-version}
";
    let run = beside_good("odd.yaml", text.as_bytes());
    rest_stands(&run);
    let report = run.json();
    let findings = report["findings"].as_array().unwrap();
    let about = |word: &str| findings.iter().filter(|f| f.to_string().contains(word)).count();
    assert!(about("v9") >= 1, "unknown version: {findings:#?}");
    assert_eq!(about("QUICRoute"), 1, "one finding for an unknown kind: {findings:#?}");
    assert_eq!(about("Widget"), 1, "one finding for an unknown kind: {findings:#?}");
}

/// Many objects of one unknown kind are one finding.
#[test]
fn an_unknown_kind_is_told_once() {
    let text: String = (0..50).map(|n| format!("---\napiVersion: example.net/v1\nkind: Widget\nmetadata: {{name: w{n}}}\n")).collect();
    let run = beside_good("widgets.yaml", text.as_bytes());
    rest_stands(&run);
    let report = run.json();
    let told = report["findings"].as_array().unwrap().iter().filter(|f| f.to_string().contains("Widget")).count();
    assert_eq!(told, 1);
}

#[test]
fn without_names() {
    let text = "\
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {namespace: shop}
spec: {parentRefs: [{name: edge}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
spec: {gatewayClassName: class}
---
apiVersion: v1
kind: Service
metadata: {name: '', namespace: shop}
";
    let run = beside_good("nameless.yaml", text.as_bytes());
    rest_stands(&run);
    let told = format!("{}{}", run.stdout, run.stderr);
    assert!(told.contains("name"), "{told}");
    let report = run.json();
    let findings = report["findings"].as_array().unwrap();
    let about = findings.iter().filter(|f| f["field"].as_str().is_some_and(|f| f.contains("metadata.name"))).count();
    assert!(about >= 1 || run.stderr.contains("metadata.name"), "{findings:#?}\n{}", run.stderr);
}

/// The same object twice: the last one counts, and a finding says so.
#[test]
fn twice_the_same() {
    let spec = |host: &str| format!("{{parentRefs: [{{name: edge}}], hostnames: [{host}], rules: [{{backendRefs: [{{name: web, port: 80}}]}}]}}");
    let text = format!("{}---\n{}", route("twice", &spec("first.com")), route("twice", &spec("second.com")));
    let run = beside_good("twice.yaml", text.as_bytes());
    rest_stands(&run);
    assert_eq!(run.states("twice"), ["exposed"]);
    assert!(run.stdout.contains("second.com"), "the last one counts");
    assert!(!run.findings("twice").is_empty(), "and is told");
}

#[test]
fn bad_hostnames() {
    let spec = |hosts: &str| format!("{{parentRefs: [{{name: edge}}], hostnames: [{hosts}], rules: [{{backendRefs: [{{name: web, port: 80}}]}}]}}");
    for host in ["'a.com:8080'", "10.0.0.1", "'[2001:db8::1]'", "'2001:db8::1'", "c.com.", "'a.*.com'", "'*a.com'", "'a b.com'", "'https://a.com'"] {
        let run = beside_good("hosts.yaml", route("bad", &spec(host)).as_bytes());
        rest_stands(&run);
        found(&run, "bad", "spec.hostnames[0]");
        assert!(run.states("bad").is_empty(), "{host}: never every hostname");
    }
    let run = beside_good("hosts.yaml", route("bad", &spec("Shop.Example.COM")).as_bytes());
    found(&run, "bad", "spec.hostnames[0]");
    assert_eq!(run.states("bad"), ["exposed"], "folded and used");
}

#[test]
fn bad_regexes() {
    for pattern in ["'['", "'(a'", "'*'", "'(?=a)b'", "'\\'"] {
        let spec = format!(
            "{{parentRefs: [{{name: edge}}], hostnames: [re.com], rules: [{{matches: [{{path: {{type: RegularExpression, value: {pattern}}}}}], backendRefs: [{{name: web, port: 80}}]}}, {{matches: [{{path: {{value: /fine}}}}], backendRefs: [{{name: web, port: 80}}]}}]}}"
        );
        let run = beside_good("regex.yaml", route("bad", &spec).as_bytes());
        rest_stands(&run);
        found(&run, "bad", "rules[0].matches[0].path");
        assert!(run.states("bad").contains(&"exposed".to_owned()), "{pattern}: the other rule stands");
    }
}

/// A regex that takes a backtracking engine forever is only slow to write.
#[test]
fn a_nasty_regex() {
    let spec = "{parentRefs: [{name: edge}], hostnames: [re.com], rules: [{matches: [{path: {type: RegularExpression, value: '/(a+)+$'}}], backendRefs: [{name: web, port: 80}]}]}";
    let folder = gatescope_tests::cli::Folder::with(&[("good.yaml", super::GOOD.as_bytes()), ("re.yaml", route("bad", spec).as_bytes())]);
    let url = format!("http://re.com/{}b", "a".repeat(5000));
    let run = gatescope_tests::cli::run(&["trace", &url, "--complete", "-f", &folder.arg()], b"");
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(run.took < std::time::Duration::from_secs(10), "{:?}", run.took);
}

//! Our decoding against typed structs that others generated from the CRDs: decoded by them and written out
//! again, an object means the same. One object at a time, so that a difference names its object.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects, clippy::std_instead_of_core, clippy::std_instead_of_alloc)]

use gatescope_tests::case::{self, Case, Choice};
use gatescope_tests::run;
use gateway_api::backendtlspolicies::BackendTlsPolicy;
use gateway_api::experimental::{gatewayclasses, gateways, grpcroutes, httproutes, listenersets, referencegrants, tcproutes, tlsroutes, udproutes};
use libtest_mimic::{Arguments, Failed, Trial};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// Per kind: objects that the typed structs took, and those they refused with the last reason.
type Counts = Arc<Mutex<BTreeMap<String, (usize, usize, String)>>>;

fn main() {
    std::panic::set_hook(Box::new(|_| {}));
    let args = Arguments::from_args();
    let listing = args.list;
    let loaded = case::load();
    let counts = Counts::default();
    let trials = loaded.cases.into_iter().map(|case| {
        let counts = Arc::clone(&counts);
        let name = format!("{}/{}", case.suite, case.name);
        let test = move || run::guarded(|| compare(&case, &counts)).and_then(|r| r).map_err(Failed::from);
        Trial::test(name, test)
    });
    let conclusion = libtest_mimic::run(&args, trials.collect());
    if !listing {
        println!("objects through typed structs, per kind: taken, refused by them");
        for (kind, (taken, refused, why)) in counts.lock().unwrap().iter() {
            println!("  {kind:<18} {taken:>5} {refused:>5}  {why}");
        }
        if let Some(skipped) = loaded.skipped {
            println!("{skipped}");
        }
    }
    conclusion.exit();
}

/// Through the type and back; `None` for kinds without one, an error where the type refuses the object.
fn retyped(object: &Value) -> Option<Result<Value, String>> {
    fn through<T: DeserializeOwned + Serialize>(object: &Value) -> Result<Value, String> {
        let typed: T = serde_json::from_value(object.clone()).map_err(|e| e.to_string())?;
        serde_json::to_value(typed).map_err(|e| e.to_string())
    }
    let api = object.get("apiVersion")?.as_str()?;
    if !api.starts_with("gateway.networking.k8s.io/") {
        return None;
    }
    Some(match object.get("kind")?.as_str()? {
        "GatewayClass" => through::<gatewayclasses::GatewayClass>(object),
        "Gateway" => through::<gateways::Gateway>(object),
        "HTTPRoute" => through::<httproutes::HttpRoute>(object),
        "GRPCRoute" => through::<grpcroutes::GrpcRoute>(object),
        "TLSRoute" => through::<tlsroutes::TlsRoute>(object),
        "TCPRoute" => through::<tcproutes::TcpRoute>(object),
        "UDPRoute" => through::<udproutes::UdpRoute>(object),
        "ListenerSet" => through::<listenersets::ListenerSet>(object),
        "ReferenceGrant" => through::<referencegrants::ReferenceGrant>(object),
        // The versions before v1 have fields that the type does not know.
        "BackendTLSPolicy" if api.ends_with("/v1") => through::<BackendTlsPolicy>(object),
        _ => return None,
    })
}

fn compare(case: &Case, counts: &Counts) -> Result<(), String> {
    let want = report(case, &case.objects);
    let mut all = case.objects.clone();
    let mut wrong = Vec::new();
    for (at, raw) in case.objects.iter().enumerate() {
        let object: Value = serde_json::from_str(raw.get()).map_err(|e| e.to_string())?;
        let Some(typed) = retyped(&object) else { continue };
        let kind = object["kind"].as_str().unwrap_or_default().to_owned();
        let mut counts = counts.lock().unwrap();
        let count = counts.entry(kind).or_default();
        let mut typed = match typed {
            Ok(typed) => {
                count.0 += 1;
                typed
            }
            Err(why) => {
                count.1 += 1;
                count.2 = why;
                continue;
            }
        };
        if let Some(unknown) = ["spec", "status"].iter().find_map(|part| lost(part, &object[part], &typed[part])) {
            count.0 -= 1;
            count.1 += 1;
            count.2 = format!("the type does not know {unknown}");
            continue;
        }
        // A type is of one version; the object keeps its own.
        drop(counts);
        typed["apiVersion"] = object["apiVersion"].clone();
        let replaced = to_raw_value(&typed).unwrap();
        let original = std::mem::replace(&mut all[at], replaced.clone());
        if report(case, &all) != want {
            wrong.push(format!(
                "{} {}/{} means something else after the typed structs:\n  as written: {}\n  typed:      {}",
                object["kind"],
                object["metadata"]["namespace"],
                object["metadata"]["name"],
                original.get().split_whitespace().collect::<Vec<_>>().join(" "),
                replaced.get()
            ));
        }
        all[at] = original;
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n")) }
}

/// The first member of the object that did not come through: one that is newer than the types.
fn lost(path: &str, object: &Value, typed: &Value) -> Option<String> {
    match (object, typed) {
        (Value::Null, _) => None,
        (Value::Object(a), Value::Object(b)) => a.iter().find_map(|(k, v)| lost(&format!("{path}.{k}"), v, b.get(k).unwrap_or(&Value::Null))),
        (Value::Array(a), Value::Array(b)) => a.iter().zip(b).enumerate().find_map(|(at, (x, y))| lost(&format!("{path}[{at}]"), x, y)),
        (_, Value::Null) => Some(path.to_owned()),
        _ => None,
    }
}

fn report(case: &Case, objects: &[Box<RawValue>]) -> String {
    let settings = run::settings(case, &Choice::Auto).unwrap();
    let resolved = run::resolve_text(settings, &run::text(case, objects)).unwrap();
    serde_json::to_string(&resolved.report).unwrap()
}

//! Grants, Namespaces, Services, EndpointSlices, certificates and BackendTLSPolicies.

use super::cx::{At, Cx};
use super::gateway::validation;
use crate::model::Meta;
use crate::model::access::{Grant, GrantFrom, GrantTo, Material, Namespace};
use crate::model::backend::{Backend, Port, Slice, Target, TlsPolicy};
use crate::model::kinds::Kind;
use crate::snapshot::decode::Part;
use crate::snapshot::lenient::{F, Pairs, S};
use crate::snapshot::wire::{self, List, Raw};
use crate::text::Sym;
use alloc::string::String;
use alloc::vec::Vec;
use base64::Engine as _;

pub(super) fn grant(cx: &mut Cx<'_>, meta: Meta, spec: &F<wire::GrantSpec<'_>>) -> Grant {
    let empty = wire::GrantSpec::default();
    let root = At::root();
    let at = root.key("spec");
    let spec = cx.field(&at, spec).unwrap_or(&empty);
    let (from_at, to_at) = (at.key("from"), at.key("to"));
    let from = cx.list(&from_at, &spec.from).map(|(i, f)| {
        let here = from_at.index(i);
        GrantFrom { group: cx.sym(&here.key("group"), &f.group), kind: cx.sym(&here.key("kind"), &f.kind), ns: cx.sym(&here.key("namespace"), &f.namespace) }
    });
    let from = from.collect();
    let to = cx.list(&to_at, &spec.to).map(|(i, t)| {
        let here = to_at.index(i);
        GrantTo { group: cx.sym(&here.key("group"), &t.group), kind: cx.sym(&here.key("kind"), &t.kind), name: cx.sym(&here.key("name"), &t.name) }
    });
    let to = to.collect();
    Grant { meta, from, to, issues: core::mem::take(&mut cx.issues).into() }
}

/// Rule 11: every Namespace has `kubernetes.io/metadata.name`.
pub(super) fn namespace(cx: &mut Cx<'_>, meta: Meta, labels: Raw<'_>) -> Namespace {
    let mut out: Vec<(Sym, Sym)> = Vec::new();
    for (key, value) in pairs(labels) {
        if let F::Ok(value) = &value {
            out.push((cx.names.intern(&key), cx.names.intern(value)));
        }
    }
    let key = cx.names.intern("kubernetes.io/metadata.name");
    out.retain(|(k, _)| *k != key);
    out.push((key, meta.name));
    crate::sort::unstable(&mut out);
    out.dedup_by_key(|(k, _)| *k);
    Namespace { meta, labels: out.into() }
}

fn pairs(raw: Raw<'_>) -> Vec<(S<'_>, F<S<'_>>)> {
    raw.and_then(|r| serde_json::from_slice::<Pairs<'_>>(r.get().as_bytes()).ok()).map_or_else(Vec::new, |p| p.0)
}

/// Rule 28: whether what a Secret or ConfigMap holds can be used.
pub(super) fn material(kind: Kind, meta: Meta, data: Raw<'_>, string_data: Raw<'_>, spec: &Part<'_>) -> Material {
    let read = |raw: Raw<'_>, key: &str| -> Option<String> {
        let raw = raw?;
        let d: wire::SecretData<'_> = serde_json::from_slice(raw.get().as_bytes()).ok()?;
        let field = match key {
            "tls.crt" => d.certificate,
            "tls.key" => d.key,
            _ => d.ca,
        };
        field.ok().map(|s| String::from(&**s))
    };
    // A Secret's data is base64, a ConfigMap's and stringData are plain.
    let text = |key: &str| -> Option<Vec<u8>> {
        if let Some(plain) = read(string_data, key) {
            return Some(plain.into_bytes());
        }
        let value = read(data, key)?;
        if kind == Kind::Secret { base64(&value) } else { Some(value.into_bytes()) }
    };
    if let (Kind::ClusterTrustBundle, Part::Bundle(F::Ok(bundle))) = (kind, spec) {
        let ca = bundle.bundle.ok().is_some_and(|b| holds_pem(b.as_bytes()));
        return Material { meta, certificate: false, ca };
    }
    // What has no `ca.crt` may carry its bundle as the certificate.
    let bundle = match text("ca.crt") {
        Some(ca) => holds_pem(&ca),
        None => text("tls.crt").is_some_and(|c| holds_pem(&c)),
    };
    let carried = read(data, "tls.key").is_some() || read(string_data, "tls.key").is_some();
    let key_good = !carried || text("tls.key").is_some_and(|k| starts_pem(&k));
    Material { meta, certificate: key_good && text("tls.crt").is_some_and(|c| holds_pem(&c)), ca: bundle }
}

fn base64(text: &str) -> Option<Vec<u8>> {
    let bare: String = text.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    base64::engine::general_purpose::STANDARD.decode(bare).ok()
}

fn starts_pem(bytes: &[u8]) -> bool {
    core::str::from_utf8(bytes).is_ok_and(|t| t.contains("-----BEGIN "))
}

/// Whether a text holds a PEM block that decodes.
fn holds_pem(bytes: &[u8]) -> bool {
    let Ok(text) = core::str::from_utf8(bytes) else { return false };
    let mut rest = text;
    while let Some((_, after)) = rest.split_once("-----BEGIN ") {
        let Some((label, body)) = after.split_once("-----") else { return false };
        // Base64 has no dashes: what comes next is the block's end, or the block is none. So each byte is looked at once.
        let (inner, next) = body.split_at(body.find("-----").unwrap_or(body.len()));
        let ends = next.strip_prefix("-----END ").and_then(|n| n.strip_prefix(label)).is_some_and(|n| n.starts_with("-----"));
        if ends && base64(inner).is_some_and(|der| !der.is_empty()) {
            return true;
        }
        rest = next;
    }
    false
}

pub(super) fn backend(cx: &mut Cx<'_>, kind: Kind, meta: Meta, spec: &Part<'_>) -> Backend {
    let root = At::root();
    let at = root.key("spec");
    let mut ports = Vec::new();
    let mut external_name = false;
    match spec {
        Part::Service(f) => {
            if let Some(s) = cx.field(&at, f) {
                external_name = s.kind.ok().is_some_and(|k| &**k == "ExternalName");
                let list = at.key("ports");
                for (i, p) in cx.list(&list, &s.ports) {
                    let here = list.index(i);
                    ports.push(Port {
                        name: cx.sym(&here.key("name"), &p.name),
                        port: cx.port(&here.key("port"), &p.port),
                        target: p.target.ok().and_then(|t| u16::try_from(*t).ok()).unwrap_or(0),
                        udp: p.protocol.ok().is_some_and(|p| &**p == "UDP"),
                        app: cx.sym(&here.key("appProtocol"), &p.app),
                    });
                }
            }
        }
        Part::XBackend(f) => {
            if let Some(s) = cx.field(&at, f)
                && let Some(p) = cx.field(&at.key("port"), &s.port)
            {
                // v1.7 has `number`, releases before it `port`.
                let (key, number) = if p.number == F::Absent { ("port", &p.port) } else { ("number", &p.number) };
                let port = cx.port(&at.key("port").key(key), number);
                ports.push(Port { name: Sym::NONE, port, target: 0, udp: false, app: Sym::NONE });
            }
        }
        _ => {}
    }
    Backend { kind, meta, ports: ports.into(), external_name, issues: core::mem::take(&mut cx.issues).into() }
}

pub(super) fn slice(cx: &mut Cx<'_>, meta: Meta, labels: Raw<'_>, endpoints: Raw<'_>) -> Slice {
    let service = pairs(labels).into_iter().find(|(k, _)| &**k == "kubernetes.io/service-name").and_then(|(_, v)| v.ok().map(|v| cx.names.intern(v)));
    let list: List<wire::Endpoint<'_>> = endpoints.and_then(|r| serde_json::from_slice(r.get().as_bytes()).ok()).unwrap_or_default();
    // An endpoint whose readiness is not told counts as ready (EndpointConditions).
    let ready = list.ok().into_iter().flatten().filter_map(F::ok).any(|e| {
        let ready = e.conditions.ok().and_then(|c| c.ready.ok()).copied().unwrap_or(true);
        ready && e.addresses.ok().is_none_or(|a| !a.is_empty())
    });
    Slice { meta, service: service.unwrap_or_default(), ready }
}

pub(super) fn policy(cx: &mut Cx<'_>, meta: Meta, spec: &F<wire::PolicySpec<'_>>) -> TlsPolicy {
    let empty = wire::PolicySpec::default();
    let root = At::root();
    let at = root.key("spec");
    let spec = cx.field(&at, spec).unwrap_or(&empty);
    let mut targets = Vec::new();
    let list = at.key("targetRefs");
    for (i, r) in cx.list(&list, &spec.targets) {
        let object = cx.object(&list.index(i), r, "", "Service", meta.ns);
        targets.push(Target { object, section: cx.sym(&list.index(i).key("sectionName"), &r.section) });
    }
    // v1alpha2 had one target.
    if let Some(r) = cx.field(&at.key("targetRef"), &spec.target) {
        let object = cx.object(&at.key("targetRef"), r, "", "Service", meta.ns);
        targets.push(Target { object, section: cx.sym(&at.key("targetRef").key("sectionName"), &r.section) });
    }
    for t in &mut targets {
        // Rule 41: a policy's targets are in its own namespace.
        t.object.ns = meta.ns;
    }
    let none = wire::Validation::default();
    let (key, v) = match (cx.field(&at.key("validation"), &spec.validation), cx.field(&at.key("tls"), &spec.tls)) {
        (Some(v), _) => ("validation", v),
        (None, Some(v)) => ("tls", v),
        (None, None) => ("validation", &none),
    };
    let here = at.key(key);
    let v1alpha2 = !matches!(v.ca_v1alpha2, F::Absent);
    let (refs, refs_key) = if v1alpha2 { (&v.ca_v1alpha2, "caCertRefs") } else { (&v.ca, "caCertificateRefs") };
    let validation = validation(cx, &here, v, refs, refs_key, meta.ns);
    let well_known = v.well_known.ok().or(v.well_known_v1alpha2.ok()).is_some_and(|w| !w.is_empty());
    TlsPolicy { meta, targets: targets.into(), validation, well_known, issues: core::mem::take(&mut cx.issues).into() }
}

/// RFC 3339 (`2026-11-21T08:25:56Z`, fractions and offsets too) to unix seconds.
pub(super) fn unix_seconds(text: &str) -> Option<i64> {
    let number = |range: core::ops::Range<usize>| text.get(range)?.parse::<i64>().ok();
    let (year, month, day) = (number(0..4)?, number(5..7)?, number(8..10)?);
    let (hour, minute, second) = (number(11..13)?, number(14..16)?, number(17..19)?);
    let punctuation = [(4, '-'), (7, '-'), (13, ':'), (16, ':')];
    let good = punctuation.iter().all(|(i, c)| text.chars().nth(*i) == Some(*c)) && (1..=12).contains(&month) && (1..=31).contains(&day);
    if !good || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let zone = text.get(19..)?.trim_start_matches(|c: char| c == '.' || c.is_ascii_digit());
    let offset = match zone.as_bytes().first() {
        Some(b'Z' | b'z') => 0,
        Some(sign @ (b'+' | b'-')) => {
            let hours = zone.get(1..3)?.parse::<i64>().ok()?;
            let minutes = zone.get(4..6)?.parse::<i64>().ok()?;
            let seconds = hours.checked_mul(3600)?.checked_add(minutes.checked_mul(60)?)?;
            if *sign == b'-' { seconds.checked_neg()? } else { seconds }
        }
        _ => return None,
    };
    // Days since 1970-01-01 in the proleptic Gregorian calendar, years counted from March.
    let (y, m) = if month > 2 { (year, month.checked_sub(3)?) } else { (year.checked_sub(1)?, month.checked_add(9)?) };
    let leap_days = (y / 4).checked_sub(y / 100)?.checked_add(y / 400)?;
    let days = y.checked_mul(365)?.checked_add(leap_days)?.checked_add(m.checked_mul(153)?.checked_add(2)? / 5)?.checked_add(day)?.checked_sub(719_469)?;
    days.checked_mul(86_400)?.checked_add(hour.checked_mul(3600)?)?.checked_add(minute.checked_mul(60)?)?.checked_add(second)?.checked_sub(offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_unix_seconds() {
        assert_eq!(unix_seconds("1970-01-01T00:00:00Z"), Some(0));
        assert_eq!(unix_seconds("2026-11-21T08:25:56Z"), Some(1_795_249_556));
        assert_eq!(unix_seconds("2026-11-21T09:25:56.123+01:00"), Some(1_795_249_556));
        assert_eq!(unix_seconds("2000-02-29T12:00:00Z"), Some(951_825_600));
        assert_eq!(unix_seconds("yesterday"), None);
        assert_eq!(unix_seconds("2026-13-01T00:00:00Z"), None);
    }

    #[test]
    fn a_pem_block_must_decode() {
        assert!(holds_pem(b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"));
        assert!(holds_pem(b"chain:\n-----BEGIN A-----\n!\n-----END A-----\n-----BEGIN B-----\nAAAA\n-----END B-----"));
        assert!(!holds_pem(b"hello world"));
        assert!(!holds_pem(b"-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----"));
    }
}

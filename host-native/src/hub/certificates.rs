//! What only a clock can tell of the certificates that were read: findings of `runtime`, beside the report, which knows
//! no clock (report.md). There are none unless `--certificates` or the files bring certificates.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use gatescope::feed::may_be_material;
use gatescope_core::diagnose::Info;
use gatescope_core::types::{Finding, ObjectRef, Report, Severity};
use serde::Deserialize;
use std::borrow::Cow;
use std::collections::BTreeMap;
use x509_parser::extensions::GeneralName;
use x509_parser::pem::Pem;

/// These findings, for `gatescope explain CODE`.
pub(crate) static INFOS: [Info; 4] = [
    Info {
        code: "GS0801",
        name: "certificate-expired",
        severity: Severity::Error,
        title: "a certificate has expired",
        meaning: "Clients refuse the connection: the listener is served, and nobody who checks certificates gets through.",
        remedy: "Renew the certificate; with cert-manager, see why the Certificate is not ready.",
        rules: &[28],
    },
    Info {
        code: "GS0802",
        name: "certificate-expires-soon",
        severity: Severity::Warning,
        title: "a certificate is about to expire",
        meaning: "It has less than 14 days left, or less than a fifth of its life where that is shorter: what should have renewed it has not.",
        remedy: "Renew the certificate; with cert-manager, see why the Certificate is not renewed.",
        rules: &[28],
    },
    Info {
        code: "GS0803",
        name: "certificate-name-mismatch",
        severity: Severity::Warning,
        title: "no certificate of a listener is for its hostname",
        meaning: "Clients that check names refuse the connection.",
        remedy: "Name a Secret whose certificate has the hostname among its subject alternative names.",
        rules: &[28],
    },
    Info {
        code: "GS0804",
        name: "certificate-not-yet-valid",
        severity: Severity::Error,
        title: "a certificate is not valid yet",
        meaning: "Clients refuse the connection until then.",
        remedy: "Use a certificate that is valid now, or correct the clock that made it.",
        rules: &[28],
    },
];

const DAY: i64 = 86_400;

/// Kind, namespace and name.
type Key = (String, String, String);

/// The certificates that are held, and who uses them.
#[derive(Debug, Default)]
pub(super) struct Certificates {
    held: BTreeMap<Key, Certificate>,
    listeners: Vec<Listener>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Certificate {
    /// DNS names of the first one, folded.
    names: Vec<String>,
    not_before: i64,
    /// The first of a chain that expires; the last of a bundle.
    not_after: i64,
}

/// A listener that terminates TLS.
#[derive(Debug)]
struct Listener {
    owner: ObjectRef,
    name: String,
    hostname: Option<String>,
    certificates: Vec<Key>,
}

#[derive(Deserialize)]
struct Object<'a> {
    #[serde(borrow, default)]
    kind: Cow<'a, str>,
    #[serde(borrow, default, rename = "apiVersion")]
    version: Cow<'a, str>,
    #[serde(borrow, default)]
    metadata: Metadata<'a>,
    #[serde(borrow, default)]
    data: BTreeMap<Cow<'a, str>, Cow<'a, str>>,
}

#[derive(Default, Deserialize)]
struct Metadata<'a> {
    #[serde(borrow, default)]
    name: Cow<'a, str>,
    #[serde(borrow, default)]
    namespace: Cow<'a, str>,
}

impl Certificates {
    /// An object came.
    pub(super) fn put(&mut self, json: &[u8]) {
        if !may_be_material(json) {
            return;
        }
        let Ok(object) = serde_json::from_slice::<Object<'_>>(json) else { return };
        if object.version != "v1" || !matches!(&*object.kind, "Secret" | "ConfigMap") {
            return;
        }
        let secret = object.kind == "Secret";
        let key = (object.kind.into_owned(), object.metadata.namespace.into_owned(), object.metadata.name.into_owned());
        let of = |field: &str| object.data.get(field).and_then(|text| read(text, secret, field == "ca.crt"));
        match of("tls.crt").or_else(|| of("ca.crt")) {
            Some(certificate) => drop(self.held.insert(key, certificate)),
            None => drop(self.held.remove(&key)),
        }
    }

    /// An object went.
    pub(super) fn delete(&mut self, group: &str, kind: &str, namespace: &str, name: &str) {
        if group.is_empty() && matches!(kind, "Secret" | "ConfigMap") {
            self.held.remove(&(kind.to_owned(), namespace.to_owned(), name.to_owned()));
        }
    }

    /// Everything starts over.
    pub(super) fn clear(&mut self) {
        self.held.clear();
    }

    /// Who uses which.
    pub(super) fn used_by(&mut self, frame: &Report) {
        self.listeners = frame
            .listeners
            .iter()
            .filter_map(|l| {
                let tls = l.tls.as_ref().filter(|t| t.mode == "Terminate" && !t.certificates.is_empty())?;
                let certificates = tls.certificates.iter().map(|c| (c.kind.to_string(), c.namespace.clone().unwrap_or_default(), c.name.clone())).collect();
                Some(Listener { owner: l.owner.clone(), name: l.name.clone(), hostname: l.hostname.clone(), certificates })
            })
            .collect();
    }

    /// What is to be told now, in unix seconds; worst first.
    pub(super) fn findings(&self, now: i64) -> Vec<Finding> {
        let mut out = Vec::new();
        for (key, certificate) in &self.held {
            let of = |index: usize, message: String, hint: Option<String>| {
                let subject = reference(key);
                let mut related: Vec<ObjectRef> = self.listeners.iter().filter(|l| l.certificates.contains(key)).map(|l| l.owner.clone()).collect();
                related.sort();
                related.dedup();
                finding(index, subject, message, hint, None, related)
            };
            let left = certificate.not_after.saturating_sub(now);
            let life = certificate.not_after.saturating_sub(certificate.not_before);
            let what = format!("the certificate of {} `{}`", key.0, key.2);
            if left < 0 {
                out.extend(of(0, format!("{what} expired {} ago", span(left.saturating_neg())), None));
            } else if certificate.not_before > now {
                out.extend(of(3, format!("{what} is not valid for another {}", span(certificate.not_before.saturating_sub(now))), None));
            } else if left < (14 * DAY).min(life / 5) {
                out.extend(of(1, format!("{what} expires in {}", span(left)), None));
            }
        }
        for l in &self.listeners {
            let Some(hostname) = &l.hostname else { continue };
            let known: Vec<&Certificate> = l.certificates.iter().filter_map(|k| self.held.get(k)).collect();
            // One that was not read may be the right one.
            if known.len() < l.certificates.len() || known.iter().any(|c| c.names.iter().any(|n| covers(n, hostname))) {
                continue;
            }
            let names: Vec<String> = known.iter().flat_map(|c| c.names.clone()).collect();
            let hint = if names.is_empty() { "they have no DNS name at all".to_owned() } else { format!("they are for {}", crate::suggest::list(&names)) };
            let message = format!("no certificate of listener `{}` is for its hostname `{hostname}`", l.name);
            let related = l.certificates.iter().map(reference).collect();
            out.extend(finding(2, l.owner.clone(), message, Some(hint), Some(format!("spec.listeners[{}].tls.certificateRefs", l.name)), related));
        }
        out.sort_by(|a, b| (a.severity, &a.code, &a.subject, &a.message).cmp(&(b.severity, &b.code, &b.subject, &b.message)));
        out
    }
}

fn finding(index: usize, subject: ObjectRef, message: String, hint: Option<String>, field: Option<String>, related: Vec<ObjectRef>) -> Option<Finding> {
    let info = INFOS.get(index)?;
    Some(Finding { code: info.code.into(), severity: info.severity, subject, message, hint, field, related })
}

fn reference((kind, namespace, name): &Key) -> ObjectRef {
    ObjectRef { kind: kind.clone().into(), namespace: Some(namespace.clone()), name: name.clone() }
}

/// In the largest unit that says enough.
fn span(seconds: i64) -> String {
    match seconds {
        s if s >= 2 * DAY => format!("{} days", s / DAY),
        s if s >= 7_200 => format!("{} hours", s / 3_600),
        s => format!("{} minutes", s / 60),
    }
}

/// Whether a name of a certificate is good for a hostname (RFC 6125: a wildcard is one whole label).
fn covers(name: &str, hostname: &str) -> bool {
    name == hostname || name.strip_prefix("*.").is_some_and(|rest| hostname.split_once('.').is_some_and(|(first, tail)| first != "*" && tail == rest))
}

/// The certificates of a PEM text; of a bundle, the one that lasts longest decides.
fn read(text: &str, encoded: bool, bundle: bool) -> Option<Certificate> {
    let pem = if encoded { Cow::Owned(STANDARD.decode(text.trim()).ok()?) } else { Cow::Borrowed(text.as_bytes()) };
    let blocks: Vec<Pem> = Pem::iter_from_buffer(&pem).flatten().filter(|p| p.label == "CERTIFICATE").collect();
    let parsed: Vec<_> = blocks.iter().filter_map(|p| p.parse_x509().ok()).collect();
    let first = parsed.first()?;
    let names = first.subject_alternative_name().ok().flatten().map_or_else(Vec::new, |san| {
        san.value.general_names.iter().filter_map(|n| if let GeneralName::DNSName(n) = n { Some(n.to_lowercase()) } else { None }).collect()
    });
    let ends = parsed.iter().map(|c| c.validity().not_after.timestamp());
    let not_after = if bundle { ends.max() } else { ends.min() }?;
    Some(Certificate { names, not_before: first.validity().not_before.timestamp(), not_after })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(names: &[&str], not_before: i64, not_after: i64) -> Certificate {
        Certificate { names: names.iter().map(|n| (*n).to_owned()).collect(), not_before, not_after }
    }

    #[test]
    fn wildcards_are_one_label() {
        for (name, host, good) in [
            ("a.example.com", "a.example.com", true),
            ("*.example.com", "a.example.com", true),
            ("*.example.com", "*.example.com", true),
            ("*.example.com", "a.b.example.com", false),
            ("*.example.com", "example.com", false),
            ("*.com", "*.example.com", false),
            ("a.example.com", "*.example.com", false),
        ] {
            assert_eq!(covers(name, host), good, "{name} {host}");
        }
    }

    #[test]
    fn what_the_clock_says() {
        let key = |name: &str| ("Secret".to_owned(), "infra".to_owned(), name.to_owned());
        let year = 365 * DAY;
        let mut all = Certificates::default();
        all.held.insert(key("good"), one(&["good.example.com"], 0, year));
        all.held.insert(key("late"), one(&[], 0, 100 * DAY));
        all.held.insert(key("short"), one(&[], 110 * DAY, 111 * DAY));
        all.held.insert(key("early"), one(&[], 200 * DAY, year));
        let owner = ObjectRef { kind: "Gateway".into(), namespace: Some("infra".into()), name: "edge".into() };
        let listener = |name: &str, hostname: &str, certificates: &[&str]| Listener {
            owner: owner.clone(),
            name: name.into(),
            hostname: Some(hostname.into()),
            certificates: certificates.iter().map(|c| key(c)).collect(),
        };
        all.listeners = vec![
            listener("a", "good.example.com", &["late", "good"]),
            listener("b", "bad.example.com", &["good"]),
            listener("c", "x.example.com", &["good", "unread"]),
        ];
        let codes = |now: i64| {
            all.findings(now)
                .into_iter()
                .map(|f| format!("{} {} {}", f.code, f.subject.name, f.message.split(" in ").last().unwrap_or_default().len().min(1)))
                .collect::<Vec<_>>()
        };
        assert_eq!(codes(50 * DAY), ["GS0804 early 1", "GS0804 short 1", "GS0803 edge 1"]);
        assert_eq!(codes(90 * DAY), ["GS0804 early 1", "GS0804 short 1", "GS0802 late 1", "GS0803 edge 1"]);
        assert_eq!(codes(110 * DAY + DAY - 3_600), ["GS0801 late 1", "GS0804 early 1", "GS0802 short 1", "GS0803 edge 1"]);
        assert_eq!(all.findings(101 * DAY + 5)[0].message, "the certificate of Secret `late` expired 24 hours ago");
        assert_eq!(all.findings(101 * DAY + 5)[0].related, [owner]);
    }
}

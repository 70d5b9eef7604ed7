//! Remarks on the text of an object, made as it was read.

use super::Info;
use crate::model::issue::{Issue, IssueKind};
use crate::types::{Finding, ObjectRef, Severity};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

pub(crate) static BAD_FIELD: Info = Info {
    code: "GS0002",
    name: "bad-field",
    severity: Severity::Error,
    title: "a field is missing, of the wrong type or out of range",
    meaning: "The field was left out and the rest of the object was read. An API server would refuse the object.",
    remedy: "Write what is expected there; `kubectl explain` describes the field.",
    rules: &[34],
};

pub(crate) static UNKNOWN_VERSION: Info = Info {
    code: "GS0004",
    name: "unknown-version",
    severity: Severity::Warning,
    title: "no release of the kind served this version",
    meaning: "The object was read as if it were of a known version; fields that came or went with the version are not understood.",
    remedy: "Use a version that the kind has; a newer gatescope may know it.",
    rules: &[],
};

pub(crate) static DUPLICATE: Info = Info {
    code: "GS0005",
    name: "duplicate-object",
    severity: Severity::Warning,
    title: "an object stands in the input twice",
    meaning: "Only the last of them counts, as with `kubectl apply`.",
    remedy: "Remove one, or give it another name or namespace.",
    rules: &[],
};

pub(crate) static BAD_HOSTNAME: Info = Info {
    code: "GS0007",
    name: "bad-hostname",
    severity: Severity::Error,
    title: "a hostname is not valid",
    meaning: "The entry is dropped. A route without any other hostname has none left, and is not served for every host; a listener with it is not programmed.",
    remedy: "Write a DNS name without port and trailing dot; `*.` may stand before it.",
    rules: &[16],
};

pub(crate) static UPPERCASE: Info = Info {
    code: "GS0008",
    name: "uppercase-hostname",
    severity: Severity::Warning,
    title: "a hostname is not written as it should be",
    meaning: "It is used folded to lower case, and a bare `*` as every host; an API server would refuse both.",
    remedy: "Write hostnames in lower case, and none at all for every host.",
    rules: &[16],
};

pub(crate) static BAD_REGEX: Info = Info {
    code: "GS0009",
    name: "bad-regex",
    severity: Severity::Error,
    title: "a regular expression does not compile",
    meaning: "The match takes no request, and controllers may refuse the rule or the whole route.",
    remedy: "Correct the expression; Envoy's RE2 has no look-around and no back-references.",
    rules: &[36],
};

pub(crate) static BAD_SELECTOR: Info = Info {
    code: "GS0010",
    name: "bad-selector",
    severity: Severity::Error,
    title: "a label selector cannot be evaluated",
    meaning: "It lets nobody in: the listener with it is not programmed.",
    remedy: "Use `In` and `NotIn` with values, `Exists` and `DoesNotExist` without.",
    rules: &[11],
};

/// The findings of an object's remarks.
pub(crate) fn notice(subject: &ObjectRef, issues: &[Issue], out: &mut Vec<Finding>) {
    for issue in issues {
        let (found, wanted) = (&issue.found, &issue.wanted);
        let (info, message, hint): (&'static Info, String, String) = match issue.kind {
            IssueKind::BadField => (&BAD_FIELD, format!("`{found}` is not what this field takes; it was left out"), format!("expected {wanted}")),
            IssueKind::Missing => (&BAD_FIELD, format!("`{}` is missing", issue.field), format!("expected {wanted}")),
            IssueKind::BadHostname => (
                &BAD_HOSTNAME,
                format!("`{found}` is no hostname: {wanted}"),
                bare(found).map_or_else(|| "correct or remove the entry".to_string(), |b| format!("did you mean `{b}`?")),
            ),
            IssueKind::UppercaseHostname => {
                (&UPPERCASE, format!("hostname `{found}` has upper-case letters, and is used in lower case"), format!("write `{}`", found.to_ascii_lowercase()))
            }
            IssueKind::BareWildcard => (&UPPERCASE, "hostname `*` is taken for every host".to_string(), format!("write {wanted}")),
            IssueKind::BadRegex => {
                (&BAD_REGEX, format!("`{found}` does not compile: {wanted}"), "correct the expression; until then the match takes no request".to_string())
            }
            IssueKind::UnknownVersion => (&UNKNOWN_VERSION, format!("no release served {} of version `{found}`", subject.kind), format!("use {wanted}")),
            IssueKind::Duplicate => {
                (&DUPLICATE, format!("{} `{found}` stands in the input more than once; the last one counts", subject.kind), format!("keep {wanted}"))
            }
            IssueKind::BadSelector => (
                &BAD_SELECTOR,
                format!("the selector cannot be evaluated: `{found}` found, {wanted} expected"),
                "correct the selector; until then it lets nobody in".to_string(),
            ),
        };
        out.push(info.about(subject.clone(), message).hint(hint).field(issue.field.as_str()).done());
    }
}

/// A hostname without its port or trailing dot, where that makes it a good one.
fn bare(found: &str) -> Option<&str> {
    let host = found.trim_end_matches('.');
    let host = host.split_once(':').map_or(host, |(host, port)| if port.bytes().all(|b| b.is_ascii_digit()) { host } else { "" });
    (host != found && crate::model::host::check(host).is_ok()).then_some(host)
}

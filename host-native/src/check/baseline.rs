//! The baseline: findings that were looked at and accepted, each with a reason and a day on which to look again.

use crate::fail::Fail;
use crate::render;
use gatescope_core::types::ObjectRef;
use serde::Deserialize;
use std::time::{SystemTime, UNIX_EPOCH};

/// An accepted finding.
#[derive(Debug, Clone, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Entry {
    /// `GS0102`, or a name that `--deny` takes.
    pub code: String,
    /// `HTTPRoute/shop/web`; a part may be `*`.
    pub subject: String,
    /// Why it is accepted.
    pub reason: String,
    /// `2027-01-31`: from the day after on it counts again. Without it, never.
    #[serde(default, alias = "expires")]
    pub expiry: Option<String>,
}

/// What the baseline says of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Say<'b> {
    Nothing,
    Accepted(&'b Entry),
    Expired(&'b Entry),
}

/// The entries, and which of them were needed.
#[derive(Debug, Default)]
pub(crate) struct Baseline {
    entries: Vec<(Entry, bool)>,
    today: String,
}

impl Baseline {
    /// Reads a YAML or JSON list of entries.
    pub(crate) fn read(path: &str) -> Result<Self, Fail> {
        let text = std::fs::read_to_string(path).map_err(|e| Fail::usage(format!("{path}: {}", crate::input::plain_io(&e))))?;
        Self::parse(&text, path, today())
    }

    fn parse(text: &str, path: &str, today: String) -> Result<Self, Fail> {
        const SHAPE: &str = "a list of {code: GS0102, subject: HTTPRoute/shop/web, reason: …, expiry: 2027-01-31}";
        let mut options = serde_saphyr::Options::default();
        options.with_snippet = false;
        let list: Option<Vec<Entry>> = serde_saphyr::from_str_with_options(text, options).map_err(|e| {
            let line = e.location().map(|l| format!(":{}", l.line())).unwrap_or_default();
            Fail::usage(format!("{path}{line}: {}", e.without_snippet())).hint(SHAPE)
        })?;
        let entries = list.unwrap_or_default();
        for (i, e) in entries.iter().enumerate() {
            let wrong = if e.reason.trim().is_empty() {
                Some("has no reason".to_owned())
            } else {
                e.expiry.as_ref().filter(|d| !is_date(d)).map(|d| format!("has the expiry `{d}`, which is no date"))
            };
            if let Some(wrong) = wrong {
                return Err(Fail::usage(format!("{path}: entry {} ({} {}) {wrong}", i.saturating_add(1), e.code, e.subject)).hint(SHAPE));
            }
        }
        Ok(Self { entries: entries.into_iter().map(|e| (e, false)).collect(), today })
    }

    /// Looks a finding up by code, or by name, and subject.
    pub(crate) fn ask(&mut self, code: &str, name: Option<&str>, subject: &ObjectRef) -> Say<'_> {
        let subject = render::object(subject);
        let today = self.today.clone();
        let is = |e: &Entry| (e.code.eq_ignore_ascii_case(code) || name.is_some_and(|n| e.code.eq_ignore_ascii_case(n))) && matches(&e.subject, &subject);
        let valid = |e: &Entry| e.expiry.as_ref().is_none_or(|d| d.as_str() >= today.as_str());
        let best = self.entries.iter().position(|(e, _)| is(e) && valid(e)).or_else(|| self.entries.iter().position(|(e, _)| is(e)));
        let Some((entry, used)) = best.and_then(|i| self.entries.get_mut(i)) else { return Say::Nothing };
        *used = true;
        if valid(entry) { Say::Accepted(entry) } else { Say::Expired(entry) }
    }

    /// Entries that no finding needed any more.
    pub(crate) fn unused(&self) -> Vec<&Entry> {
        self.entries.iter().filter(|(_, used)| !used).map(|(e, _)| e).collect()
    }
}

/// Part by part; `*` is any part.
fn matches(pattern: &str, subject: &str) -> bool {
    let (p, s): (Vec<&str>, Vec<&str>) = (pattern.split('/').collect(), subject.split('/').collect());
    p.len() == s.len() && p.iter().zip(&s).all(|(p, s)| *p == "*" || p == s)
}

fn is_date(text: &str) -> bool {
    let parts: Vec<Option<u32>> = text.split('-').map(|p| p.parse().ok()).collect();
    text.len() == 10 && matches!(parts.as_slice(), [Some(_), Some(1..=12), Some(1..=31)])
}

/// The day, in UTC, as `2026-11-21`.
fn today() -> String {
    let days = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs() / 86_400);
    date(days)
}

/// The proleptic Gregorian date of a day since 1970 (Howard Hinnant's `civil_from_days`).
#[expect(clippy::arithmetic_side_effects, reason = "days of the next few million years")]
fn date(days: u64) -> String {
    let z = days + 719_468;
    let (era, doe) = (z / 146_097, z % 146_097);
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let day = doy - (153 * mp + 2) / 5 + 1;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    let year = yoe + era * 400 + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subject(text: &str) -> ObjectRef {
        let p: Vec<&str> = text.split('/').collect();
        ObjectRef { kind: p[0].to_owned().into(), namespace: Some(p[1].into()), name: p[2].into() }
    }

    #[test]
    fn dates() {
        assert_eq!((date(0), date(11_016), date(20_778)), ("1970-01-01".into(), "2000-02-29".into(), "2026-11-21".into()));
        assert!(is_date("2027-01-31") && !is_date("2027-13-01") && !is_date("tomorrow") && !is_date("2027-1-1"));
    }

    #[test]
    fn entries_accept_until_they_expire() {
        let text = "- {code: GS0102, subject: HTTPRoute/shop/web, reason: known, expiry: 2026-11-21}\n- {code: gs0103, subject: HTTPRoute/*/web, reason: known, expiry: 2026-11-20}\n- {code: contested-host, subject: A/b/c, reason: x}\n";
        let mut b = Baseline::parse(text, "b.yaml", "2026-11-21".into()).unwrap();
        assert!(matches!(b.ask("GS0102", None, &subject("HTTPRoute/shop/web")), Say::Accepted(_)));
        assert!(matches!(b.ask("GS0103", None, &subject("HTTPRoute/shop/web")), Say::Expired(_)));
        assert_eq!(b.ask("GS0102", None, &subject("HTTPRoute/shop/other")), Say::Nothing);
        assert_eq!(b.unused().len(), 1);
        assert!(matches!(b.ask("GS0901", Some("contested-host"), &subject("A/b/c")), Say::Accepted(_)));
    }

    #[test]
    fn mistakes_are_told() {
        for (text, want) in [
            ("- {code: GS1, subject: a}", "reason"),
            ("- {code: GS1, subject: a, reason: ' '}", "no reason"),
            ("- {code: GS1, subject: a, reason: x, expiry: soon}", "no date"),
            ("{", "b.yaml"),
        ] {
            let Err(Fail::Usage { message, .. }) = Baseline::parse(text, "b.yaml", "2026-11-21".into()) else { panic!("{text}") };
            assert!(message.contains(want), "{message}");
        }
        assert!(Baseline::parse("", "b.yaml", String::new()).is_ok());
        assert!(Baseline::parse("[{\"code\":\"GS1\",\"subject\":\"a\",\"reason\":\"b\"}]", "b.json", String::new()).is_ok());
    }
}

//! A report's rows, some at a time: held all at once they are the largest thing that an exporter would ever hold.

use gatescope_core::types::{Exposure, Summary};
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// Rows that are held at once.
const AT_ONCE: usize = 256;

/// Gives the rows of a report's JSON to `each`, in order, and its summary back.
pub(super) fn of(json: &[u8], each: &mut dyn FnMut(&[Exposure])) -> serde_json::Result<Summary> {
    let mut deserializer = serde_json::Deserializer::from_slice(json);
    let summary = deserializer.deserialize_map(Report(each))?;
    deserializer.end().map(|()| summary)
}

struct Report<'f>(&'f mut dyn FnMut(&[Exposure]));

impl<'de> Visitor<'de> for Report<'_> {
    type Value = Summary;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a report")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Summary, A::Error> {
        let mut summary = Summary::default();
        while let Some(key) = map.next_key::<std::borrow::Cow<'de, str>>()? {
            match &*key {
                "summary" => summary = map.next_value()?,
                "exposures" => map.next_value_seed(Rows(&mut *self.0))?,
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(summary)
    }
}

struct Rows<'f>(&'f mut dyn FnMut(&[Exposure]));

impl<'de> DeserializeSeed<'de> for Rows<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, d: D) -> Result<(), D::Error> {
        d.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Rows<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of exposures")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let mut held: Vec<Exposure> = Vec::with_capacity(AT_ONCE);
        while let Some(row) = seq.next_element()? {
            held.push(row);
            if held.len() == AT_ONCE {
                (self.0)(&held);
                held.clear();
            }
        }
        (self.0)(&held);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gatescope_core::Engine;

    #[test]
    fn all_rows_in_order() {
        let mut engine = Engine::default();
        let paths: Vec<String> = (0..600).map(|i| format!(r#"{{"matches":[{{"path":{{"type":"Exact","value":"/{i}"}}}}]}}"#)).collect();
        let rules: Vec<String> = paths.chunks(16).map(|c| c.join(",")).collect();
        engine.load(br#"{"apiVersion":"gateway.networking.k8s.io/v1","kind":"Gateway","metadata":{"name":"g","namespace":"a"},"spec":{"gatewayClassName":"c","listeners":[{"name":"h","port":80,"protocol":"HTTP"}]}}"#).unwrap();
        for (i, rules) in rules.iter().enumerate() {
            let route = format!(
                r#"{{"apiVersion":"gateway.networking.k8s.io/v1","kind":"HTTPRoute","metadata":{{"name":"r{i}","namespace":"a"}},"spec":{{"parentRefs":[{{"name":"g"}}],"rules":[{rules}]}}}}"#
            );
            engine.load(route.as_bytes()).unwrap();
        }
        engine.settle();
        let report = engine.report();
        let mut rows = Vec::new();
        let summary = of(&engine.report_json(), &mut |some| rows.extend_from_slice(some)).unwrap();
        assert_eq!((rows.len(), &rows, &summary), (600, &report.exposures, &report.summary));
        assert!(of(b"{\"exposures\":[7]}", &mut |_| {}).is_err());
    }
}

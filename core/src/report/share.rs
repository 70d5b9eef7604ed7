//! Shares of traffic, ordered as numbers and written as fractions.

use serde::{Deserialize, Serialize};

/// A share between 0 and 1, kept as numerator and denominator so that rows stay totally ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Share {
    /// Part.
    pub part: u64,
    /// Whole; never 0.
    pub whole: u64,
}

impl Share {
    /// As a fraction.
    #[expect(clippy::cast_precision_loss, reason = "weights are below 2^20 each")]
    pub fn fraction(self) -> f64 {
        if self.whole == 0 { 0.0 } else { self.part as f64 / self.whole as f64 }
    }
}

impl Share {
    /// The simplest fraction that is written as this number, so that what was read is written the same again.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "clamped to 0..=1, and small numbers follow")]
    fn of(f: f64) -> Self {
        let f = if f.is_nan() { 0.0 } else { f.clamp(0.0, 1.0) };
        let ((mut a, mut b), (mut c, mut d)) = ((0_u64, 1_u64), (1_u64, 0_u64));
        let mut x = f;
        for _ in 0..40 {
            let whole = x as u64;
            let next = (whole.saturating_mul(c).saturating_add(a), whole.saturating_mul(d).saturating_add(b));
            (a, b, c, d) = (c, d, next.0, next.1);
            let left = x - whole as f64;
            // A reader of JSON may be off by the last bit.
            let off = c as f64 / d as f64 - f;
            if off.max(-off) <= f * 1e-15 || left <= 0.0 || d > 1 << 40 {
                break;
            }
            x = 1.0 / left;
        }
        Self { part: c, whole: d.max(1) }
    }
}

impl Serialize for Share {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_f64(self.fraction())
    }
}

impl<'de> Deserialize<'de> for Share {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        Ok(Self::of(f64::deserialize(d)?))
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Share {
    fn schema_name() -> super::types::Text {
        "Share".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "number", "minimum": 0, "maximum": 1})
    }
}

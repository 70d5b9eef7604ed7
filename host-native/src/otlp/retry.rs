//! When a failed request is worth another try, and when.

use std::time::Duration;
use tonic::{Code, Status};

/// The longest wait.
const LONGEST: Duration = Duration::from_secs(30);

/// Whether the same request may succeed later, as the OTLP specification lists it, with the wait that the collector asks for.
pub(super) fn retryable(status: &Status) -> Option<Option<Duration>> {
    let asked = retry_info(status.details());
    match status.code() {
        Code::Cancelled | Code::DeadlineExceeded | Code::Aborted | Code::OutOfRange | Code::Unavailable | Code::DataLoss => Some(asked),
        // Only where the collector says that it will recover.
        Code::ResourceExhausted => asked.map(Some),
        // What tonic says of a connection that breaks.
        Code::Unknown if std::error::Error::source(status).is_some() => Some(asked),
        _ => None,
    }
}

/// The wait before try `n` (from 1): doubled each time, up to half a minute, and a quarter more or less, so that exporters that
/// lost one collector together do not come back together.
pub(super) fn backoff(n: u32, random: u64) -> Duration {
    let base = Duration::from_millis(500).saturating_mul(1_u32.checked_shl(n.min(10)).unwrap_or(u32::MAX)).min(LONGEST);
    let percent = u32::try_from(random.checked_rem(51).unwrap_or(0)).unwrap_or(0).saturating_add(75);
    base.saturating_mul(percent).checked_div(100).unwrap_or(base)
}

/// `retry_delay` of a `google.rpc.RetryInfo` among the details of a `google.rpc.Status`.
fn retry_info(details: &[u8]) -> Option<Duration> {
    let any = |bytes| fields(bytes).filter_map(|(tag, value)| Some((tag, value.bytes()?))).collect::<Vec<_>>();
    for (_, detail) in any(details).into_iter().filter(|(tag, _)| *tag == 3) {
        let parts = any(detail);
        let part = |tag| parts.iter().find(|(t, _)| *t == tag).map(|(_, v)| *v);
        if !part(1).is_some_and(|url| url.ends_with(b"google.rpc.RetryInfo")) {
            continue;
        }
        let delay = fields(part(2)?).find(|(tag, _)| *tag == 1)?.1.bytes()?;
        let number = |tag| fields(delay).find(|(t, _)| *t == tag).and_then(|(_, v)| v.number()).unwrap_or(0);
        let nanos = u32::try_from(number(2)).unwrap_or(0).min(999_999_999);
        return Some(Duration::new(number(1).min(3_600), nanos));
    }
    None
}

#[derive(Clone, Copy, Debug)]
enum Field<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

impl<'a> Field<'a> {
    fn bytes(self) -> Option<&'a [u8]> {
        match self {
            Self::Bytes(b) => Some(b),
            Self::Number(_) => None,
        }
    }
    fn number(self) -> Option<u64> {
        match self {
            Self::Number(n) => Some(n),
            Self::Bytes(_) => None,
        }
    }
}

/// Fields of a protobuf message; ends at what cannot be read.
fn fields(bytes: &[u8]) -> impl Iterator<Item = (u64, Field<'_>)> {
    let mut rest = bytes;
    core::iter::from_fn(move || {
        let (key, after) = varint(rest)?;
        let (value, after) = match key & 7 {
            0 => varint(after).map(|(n, after)| (Field::Number(n), after))?,
            1 => (Field::Number(0), after.get(8..)?),
            2 => {
                let (len, after) = varint(after)?;
                let (value, after) = after.split_at_checked(usize::try_from(len).ok()?)?;
                (Field::Bytes(value), after)
            }
            5 => (Field::Number(0), after.get(4..)?),
            _ => return None,
        };
        rest = after;
        Some((key >> 3, value))
    })
}

fn varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut out = 0_u64;
    for (i, b) in (0_u32..10).zip(bytes) {
        out |= u64::from(b & 0x7f).checked_shl(i.saturating_mul(7))?;
        if b & 0x80 == 0 {
            return Some((out, bytes.get(usize::try_from(i).ok()?.saturating_add(1)..)?));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A status with a RetryInfo of so many seconds and nanoseconds.
    fn details(seconds: u8, nanos: u8) -> Vec<u8> {
        let duration = vec![8, seconds, 16, nanos];
        let info = [&[10, duration.len() as u8][..], &duration].concat();
        let url = b"type.googleapis.com/google.rpc.RetryInfo";
        let any = [&[10, url.len() as u8][..], url, &[18, info.len() as u8], &info].concat();
        [&[8, 8, 18, 4][..], b"busy", &[26, any.len() as u8], &any].concat()
    }

    #[test]
    fn what_is_tried_again() {
        for (code, again) in [
            (Code::Unavailable, true),
            (Code::DeadlineExceeded, true),
            (Code::ResourceExhausted, false),
            (Code::InvalidArgument, false),
            (Code::Unauthenticated, false),
            (Code::PermissionDenied, false),
            (Code::Unimplemented, false),
        ] {
            assert_eq!(retryable(&Status::new(code, "")).is_some(), again, "{code:?}");
        }
        let busy = Status::with_details(Code::ResourceExhausted, "busy", details(7, 5).into());
        assert_eq!(retryable(&busy), Some(Some(Duration::new(7, 5))));
        for cut in 0..details(7, 5).len() {
            let _ = retry_info(&details(7, 5)[..cut]);
        }
    }

    #[test]
    fn waits_grow_to_half_a_minute() {
        assert!(backoff(1, 0) >= Duration::from_millis(700) && backoff(1, 50) <= Duration::from_millis(1_300));
        assert!(backoff(40, 50) <= Duration::from_millis(37_500) && backoff(40, 0) >= Duration::from_secs(22));
    }
}

//! RFC 3339, as Kubernetes writes it.

/// Unix seconds of a time; `None` for any other text.
#[expect(clippy::arithmetic_side_effects, reason = "every part is below 10,000")]
pub(super) fn unix_seconds(text: &str) -> Option<f64> {
    let (date, time) = text.split_once(['T', 't'])?;
    let mut date = date.split('-').map(|p| p.parse::<i64>().ok());
    let (year, month, day) = (date.next()??, date.next()??, date.next()??);
    let (time, offset) = match time.strip_suffix(['Z', 'z']) {
        Some(time) => (time, 0),
        None => {
            let at = time.rfind(['+', '-'])?;
            let (time, offset) = time.split_at_checked(at)?;
            let (hours, minutes) = offset.get(1..)?.split_once(':')?;
            let seconds = small(hours, 24)? * 3_600 + small(minutes, 60)? * 60;
            (time, if offset.starts_with('-') { -seconds } else { seconds })
        }
    };
    let mut time = time.splitn(3, ':');
    let (hours, minutes, seconds) = (small(time.next()?, 24)?, small(time.next()?, 60)?, time.next()?.parse::<f64>().ok()?);
    if !(0..=9_999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) || !(0.0..61.0).contains(&seconds) {
        return None;
    }
    // Days since 1970 in a calendar whose years begin in March.
    let (y, m) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let era = y.div_euclid(400);
    let of_era = y.rem_euclid(400);
    let days = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + (153 * m + 2) / 5 + day - 1 - 719_468;
    Some((days * 86_400 + hours * 3_600 + minutes * 60 - offset) as f64 + seconds)
}

fn small(text: &str, below: i64) -> Option<i64> {
    text.parse().ok().filter(|n| (0..below).contains(n))
}

#[cfg(test)]
mod tests {
    use super::unix_seconds;

    #[test]
    fn times() {
        // As `date -u -d … +%s` says.
        for (text, seconds) in [
            ("1970-01-01T00:00:00Z", 0.0),
            ("2026-01-01T00:00:00Z", 1_767_225_600.0),
            ("2024-02-29T12:34:56Z", 1_709_210_096.0),
            ("2000-03-01T00:00:00Z", 951_868_800.0),
            ("2026-01-01T02:00:00+02:00", 1_767_225_600.0),
            ("2026-01-01T00:00:00.5Z", 1_767_225_600.5),
            ("1969-12-31T23:59:59Z", -1.0),
        ] {
            assert_eq!(unix_seconds(text), Some(seconds), "{text}");
        }
        for text in [
            "",
            "2026-01-01",
            "2026-13-01T00:00:00Z",
            "2026-01-01T25:00:00Z",
            "yesterday",
            "2026-01-01T00:00:00",
            "T",
            "--T::Z",
            "99999999999999999999-01-01T00:00:00Z",
        ] {
            assert_eq!(unix_seconds(text), None, "{text}");
        }
    }
}

//! "Did you mean".

/// The candidate that `wanted` was most likely meant to be; none if nothing is near.
pub(crate) fn closest<'a>(wanted: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let lower = wanted.to_lowercase();
    candidates
        .filter(|c| *c != wanted)
        .map(|c| (strsim::damerau_levenshtein(&lower, &c.to_lowercase()), c))
        .filter(|(distance, c)| {
            let longest = lower.chars().count().max(c.chars().count());
            // A third may differ: enough for a slip of the fingers, too little for another word.
            distance.saturating_mul(3) <= longest
        })
        .min()
        .map(|(_, c)| c)
}

/// Candidates to show where nothing is near: all of a few, or the first ones and how many more.
pub(crate) fn list(names: &[String]) -> String {
    const SHOWN: usize = 8;
    let shown: Vec<String> = names.iter().take(SHOWN).map(|n| format!("`{n}`")).collect();
    let more = names.len().saturating_sub(SHOWN);
    match more {
        0 => shown.join(", "),
        _ => format!("{} and {more} more", shown.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names() {
        let names = ["infra/edge", "infra/internal", "shop/web"];
        assert_eq!(closest("infra/egde", names.into_iter()), Some("infra/edge"));
        assert_eq!(closest("Infra/Edge", names.into_iter()), Some("infra/edge"));
        assert_eq!(closest("elsewhere/other", names.into_iter()), None);
    }

    #[test]
    fn long_lists_are_cut() {
        let names: Vec<String> = (0..10).map(|i| format!("n{i}")).collect();
        assert!(list(&names).ends_with("`n7` and 2 more"));
    }
}

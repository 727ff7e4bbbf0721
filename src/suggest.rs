//! "Did you mean …" for names that users type.

/// The candidate nearest to `name`, where one is near enough to be meant.
#[must_use]
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let name = name.to_lowercase().replace('_', "-");
    candidates
        .into_iter()
        .map(|candidate| {
            let part = name.len() >= 4 && candidate.contains(&name);
            (f64::from(part) + strsim::normalized_damerau_levenshtein(&name, candidate), candidate)
        })
        .filter(|(similarity, _)| *similarity >= 0.6)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, candidate)| candidate)
}

/// `; did you mean …?` to end a message with, or nothing.
#[must_use]
pub fn did_you_mean<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    nearest(name, candidates).map_or_else(String::new, |near| format!("; did you mean `{near}`?"))
}

#[cfg(test)]
mod tests {
    use super::nearest;

    const NAMES: [&str; 3] = ["unbounded-cache", "implicit-global", "uncleared-timer"];

    #[test]
    fn near_names_are_suggested_and_far_ones_are_not() {
        assert_eq!(nearest("unbound-cache", NAMES), Some("unbounded-cache"));
        assert_eq!(nearest("implicit_globals", NAMES), Some("implicit-global"));
        assert_eq!(nearest("timer", NAMES), Some("uncleared-timer"));
        assert_eq!(nearest("listen", ["listens", "removes-listeners"]), Some("listens"));
        assert_eq!(nearest("no-unused-vars", NAMES), None);
    }
}

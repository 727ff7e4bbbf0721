//! The words that names are made of.

/// The words of a name, in lower case: `localeId` → locale, id; `_start_all` → start, all.
pub fn words_of(name: &str) -> impl DoubleEndedIterator<Item = String> + use<'_> {
    let mut start = 0;
    let mut words = Vec::new();
    let mut before = None;
    for (at, letter) in name.char_indices() {
        let separates = matches!(letter, '_' | '-' | '$' | '#');
        let next = || name[at + letter.len_utf8()..].chars().next();
        // `imageURL` and `URLOfImage` have two words and three, `DID_LAUNCH` has two.
        let begins = letter.is_uppercase()
            && (before.is_some_and(|before: char| !before.is_uppercase()) || next().is_some_and(char::is_lowercase));
        before = Some(letter);
        if separates || begins {
            words.push(&name[start..at]);
            start = if separates { at + letter.len_utf8() } else { at };
        }
    }
    words.push(&name[start..]);
    words.into_iter().filter(|word| !word.is_empty()).map(str::to_lowercase)
}

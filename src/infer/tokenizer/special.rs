//! Tokens that are found by their text before anything else is read: the leftmost, and of those that begin there the
//! longest.

use std::collections::{BTreeMap, BTreeSet};

/// Texts and their tokens.
pub(super) struct Specials {
    /// By first byte; longest first.
    by_first: BTreeMap<u8, Vec<(String, u32)>>,
    first_letters: BTreeSet<char>,
    ids: BTreeSet<u32>,
}

impl Specials {
    /// Of texts that are not empty.
    pub fn new(texts: Vec<(String, u32)>) -> Self {
        let first_letters = texts.iter().filter_map(|(text, _)| text.chars().next()).collect();
        let ids = texts.iter().map(|&(_, id)| id).collect();
        let mut by_first: BTreeMap<u8, Vec<(String, u32)>> = BTreeMap::new();
        for (text, id) in texts {
            if let Some(&first) = text.as_bytes().first() {
                by_first.entry(first).or_default().push((text, id));
            }
        }
        for texts in by_first.values_mut() {
            texts.sort_by_key(|(text, _)| std::cmp::Reverse(text.len()));
        }
        Self { by_first, first_letters, ids }
    }

    /// Where the first lies in `text`, its length, and its token.
    pub fn first(&self, text: &str) -> Option<(usize, usize, u32)> {
        if self.by_first.is_empty() {
            return None;
        }
        text.bytes().enumerate().find_map(|(at, byte)| {
            // The first byte of a text is never inside of a character, so neither is `at` where one is found.
            let candidates = self.by_first.get(&byte)?;
            let rest = text.get(at..)?;
            candidates
                .iter()
                .find(|(special, _)| rest.starts_with(special))
                .map(|(special, id)| (at, special.len(), *id))
        })
    }

    /// Whether any begins with that character.
    pub fn may_begin_with(&self, letter: char) -> bool {
        self.first_letters.contains(&letter)
    }

    /// The token of a text.
    pub fn id(&self, text: &str) -> Option<u32> {
        let candidates = self.by_first.get(text.as_bytes().first()?)?;
        candidates.iter().find(|(special, _)| special == text).map(|&(_, id)| id)
    }

    /// Whether a token is one of these.
    pub fn has(&self, token: u32) -> bool {
        self.ids.contains(&token)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_leftmost_and_then_the_longest_is_found() {
        let texts = [("<a>", 1), ("<a><b>", 2), ("ü", 3), ("\n\n", 4)];
        let specials = Specials::new(texts.iter().map(|&(text, id)| (text.to_owned(), id)).collect());
        assert_eq!(specials.first("x<a><b>"), Some((1, 6, 2)));
        assert_eq!(specials.first("x<a><c>ü"), Some((1, 3, 1)));
        assert_eq!(specials.first("é\u{fc}!"), Some((2, 2, 3)));
        assert_eq!(specials.first("a\nb < a>"), None);
        assert!(specials.may_begin_with('ü') && !specials.may_begin_with('é') && specials.id("\n\n") == Some(4));
    }
}

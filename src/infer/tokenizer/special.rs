//! Tokens that are found by their text before anything else is read: the leftmost, and of those that begin there the
//! longest.

use std::collections::BTreeSet;

/// Texts and their tokens.
pub(super) struct Specials {
    /// In order, each text once.
    sorted: Vec<(String, u32)>,
    /// First bytes of the texts.
    first_bytes: BTreeSet<u8>,
    first_letters: BTreeSet<char>,
    ids: BTreeSet<u32>,
}

impl Specials {
    /// Of texts that are not empty. Of equal ones the first counts.
    pub fn new(mut texts: Vec<(String, u32)>) -> Self {
        let first_letters = texts.iter().filter_map(|(text, _)| text.chars().next()).collect();
        let first_bytes = texts.iter().filter_map(|(text, _)| text.as_bytes().first().copied()).collect();
        let ids = texts.iter().map(|&(_, id)| id).collect();
        texts.sort_by(|(a, _), (b, _)| a.cmp(b));
        texts.dedup_by(|(later, _), (kept, _)| later == kept);
        Self { sorted: texts, first_bytes, first_letters, ids }
    }

    /// Where the first lies in `text`, its length, and its token.
    pub fn first(&self, text: &str) -> Option<(usize, usize, u32)> {
        text.bytes().enumerate().find_map(|(at, byte)| {
            // The first byte of a text is never inside of a character, so neither is `at` where one is found.
            let rest = text.get(at..).filter(|_| self.first_bytes.contains(&byte))?;
            self.longest(rest).map(|(special, id)| (at, special.len(), id))
        })
    }

    /// The longest that `text` begins with. However many there are, a few are looked at: what `text` begins with does not
    /// come after it, and the one that comes next before it shares more of it than any before that.
    fn longest(&self, text: &str) -> Option<(&str, u32)> {
        let mut text = text.as_bytes();
        loop {
            let after = self.sorted.partition_point(|(special, _)| special.as_bytes() <= text);
            let (special, id) = self.sorted.get(after.checked_sub(1)?)?;
            let common = special.bytes().zip(text).take_while(|(a, b)| a == *b).count();
            if common == special.len() {
                return Some((special, *id));
            }
            text = text.get(..common).filter(|common| !common.is_empty())?;
        }
    }

    /// Whether any begins with that character.
    pub fn may_begin_with(&self, letter: char) -> bool {
        self.first_letters.contains(&letter)
    }

    /// The token of a text.
    pub fn id(&self, text: &str) -> Option<u32> {
        let at = self.sorted.binary_search_by(|(special, _)| special.as_str().cmp(text)).ok()?;
        self.sorted.get(at).map(|&(_, id)| id)
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
    #[test]
    fn of_many_that_begin_alike_the_longest_is_found_without_looking_at_all() {
        let mut texts: Vec<(String, u32)> = (0..200_000).map(|id| (format!("x{id}"), id)).collect();
        texts.extend([("x12".to_owned(), 7), ("x1".repeat(500), 8), ("x".to_owned(), 9)]);
        let specials = Specials::new(texts);
        assert_eq!(specials.first("..x199999x"), Some((2, 7, 199_999)));
        assert_eq!(specials.first("x2000000"), Some((0, 6, 20_000)));
        assert_eq!(specials.first("x12y"), Some((0, 3, 12)), "of equals the first");
        assert_eq!(specials.first(&"x1".repeat(499)), Some((0, 2, 1)));
        assert_eq!(specials.first(&"x1".repeat(501)), Some((0, 1000, 8)));
        assert_eq!(specials.first("xy"), Some((0, 1, 9)));
        let started = std::time::Instant::now();
        let text = "w".repeat(10_000) + &"xx".repeat(10_000);
        let mut rest = text.as_str();
        while let Some((at, length, _)) = specials.first(rest) {
            rest = &rest[at + length..];
        }
        // Each of 20,000 places against each of 200,000 texts takes minutes.
        assert!(started.elapsed().as_secs() < 5 && rest.is_empty());
    }
}

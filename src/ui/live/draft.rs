//! Words being put together for a question: what is typed, and a long text taken in whole that is shown but not edited.
//!
//! A field that holds a hundred thousand characters is laid out and told to screen readers anew in each frame: in a debug
//! build that stops the window for seconds. So a long text never enters the field. It stands before what is typed, as
//! people paste a document and then say what is to be done with it.

use super::MOST_CHARACTERS;
use super::blocks::Blocks;

/// From this many bytes on a text is taken in whole: some two screens of it.
pub const LONG: usize = 8_000; // own choice, 2026-11-29

/// A question being written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Draft {
    /// What is typed into the field.
    pub text: String,
    /// Whether the text taken in is shown.
    pub unfolded: bool,
    long: Blocks,
    /// Characters of `long`, counted once.
    long_characters: usize,
}

impl Draft {
    /// A draft that says this.
    pub fn of(text: &str) -> Self {
        let mut draft = Self::default();
        if text.len() < LONG {
            text.clone_into(&mut draft.text);
        } else {
            draft.take_in(text);
        }
        draft
    }

    /// Takes a long text in, after one taken in before. What would be more than the most characters is left out.
    pub fn take_in(&mut self, text: &str) {
        let gap = if self.long.is_empty() { "" } else { "\n\n" };
        for c in gap.chars().chain(text.chars()).take(self.room()) {
            self.long.push(c.encode_utf8(&mut [0; 4]));
            self.long_characters += 1;
        }
    }

    /// What grew long in the field, by whatever way, is taken in, if there is room for all of it.
    pub fn fold(&mut self) {
        if self.text.len() >= LONG && self.text.chars().count() + 2 <= self.room() {
            let text = std::mem::take(&mut self.text);
            self.take_in(&text);
        }
    }

    /// The text taken in; empty where there is none.
    pub fn long(&self) -> &Blocks {
        &self.long
    }

    /// Characters of the text taken in.
    pub fn long_characters(&self) -> usize {
        self.long_characters
    }

    /// Forgets the text taken in.
    pub fn take_out(&mut self) {
        self.long = Blocks::default();
        (self.long_characters, self.unfolded) = (0, false);
    }

    /// Characters that may still be taken in. What is typed does not count: one must be able to ask about a text that is
    /// as long as can be.
    pub fn room(&self) -> usize {
        MOST_CHARACTERS.saturating_sub(self.long_characters)
    }

    /// Whether there is nothing to ask in it.
    pub fn is_blank(&self) -> bool {
        self.text.trim().is_empty() && self.long.is_blank()
    }

    /// The whole question: the long text, then what was typed.
    pub fn whole(&self) -> String {
        let (long, typed) = (self.long.as_str().trim(), self.text.trim());
        match (long.is_empty(), typed.is_empty()) {
            (true, _) => typed.to_owned(),
            (false, true) => long.to_owned(),
            (false, false) => format!("{long}\n\n{typed}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_text_stays_in_the_field_and_a_long_one_does_not() {
        let short = Draft::of("why?");
        assert_eq!((short.text.as_str(), short.long_characters()), ("why?", 0));
        let long = Draft::of(&"€".repeat(LONG));
        assert_eq!((long.text.as_str(), long.long_characters()), ("", LONG));
        assert_eq!(long.whole(), "€".repeat(LONG));
    }

    #[test]
    fn what_is_typed_comes_after_the_long_text() {
        let mut draft = Draft::of(&"a".repeat(LONG));
        draft.text = "  what is this?\n".to_owned();
        assert_eq!(draft.whole(), format!("{}\n\nwhat is this?", "a".repeat(LONG)));
        draft.take_out();
        assert_eq!(draft.whole(), "what is this?");
    }

    #[test]
    fn a_field_that_grew_long_is_folded_and_a_short_one_is_left() {
        let mut draft = Draft { text: "b".repeat(LONG - 1), ..Draft::default() };
        draft.fold();
        assert_eq!(draft.long_characters(), 0);
        draft.text.push('b');
        draft.fold();
        assert_eq!((draft.text.len(), draft.long_characters()), (0, LONG));
    }

    #[test]
    fn no_more_than_the_most_characters_are_taken_in() {
        let mut draft = Draft { text: "typed".to_owned(), ..Draft::default() };
        draft.take_in(&"€".repeat(MOST_CHARACTERS));
        assert_eq!((draft.room(), draft.long_characters()), (0, MOST_CHARACTERS));
        draft.take_in("more");
        assert_eq!(draft.long_characters(), MOST_CHARACTERS);
        assert!(draft.whole().ends_with("€\n\ntyped"));
        draft.text = "b".repeat(LONG);
        draft.fold();
        assert_eq!(draft.text.len(), LONG, "what is typed is never lost");
    }

    #[test]
    fn two_long_texts_are_kept_apart_by_an_empty_line() {
        let mut draft = Draft::default();
        draft.take_in("first");
        draft.take_in("second");
        assert_eq!(draft.whole(), "first\n\nsecond");
    }

    #[test]
    fn a_draft_of_blanks_asks_nothing() {
        assert!(Draft::default().is_blank());
        assert!(Draft::of(&" \n".repeat(LONG)).is_blank());
        assert!(!Draft::of("x").is_blank());
    }
}

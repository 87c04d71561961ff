//! A growing text in blocks of some thousand bytes, so that a frame lays out the blocks one can see and no others.

use std::ops::Range;

/// A block is closed at the first line that ends after this many bytes: about a screen full of text.
const WANTED: usize = 4_000; // own choice, 2026-11-20
/// A block without a line's end is closed at this many bytes.
const MOST: usize = 8_000; // own choice, 2026-11-20

/// Text that grows at its end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Blocks {
    text: String,
    /// Where each block after the first begins; never inside a character.
    cuts: Vec<usize>,
}

impl Blocks {
    /// A whole text.
    pub fn of(text: &str) -> Self {
        let mut blocks = Self::default();
        blocks.push(text);
        blocks
    }

    /// Adds text at the end. The work is that of the new text.
    pub fn push(&mut self, text: &str) {
        for line in text.split_inclusive('\n') {
            for c in line.chars() {
                self.text.push(c);
                if self.open_bytes() >= MOST {
                    self.cuts.push(self.text.len());
                }
            }
            if line.ends_with('\n') && self.open_bytes() >= WANTED {
                self.cuts.push(self.text.len());
            }
        }
    }

    /// All of it.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether there is nothing in it at all.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Whether there is nothing in it to read.
    pub fn is_blank(&self) -> bool {
        self.text.trim().is_empty()
    }

    /// How many blocks there are; at least one.
    pub fn count(&self) -> usize {
        self.cuts.len() + usize::from(self.cuts.is_empty() || self.open_bytes() > 0)
    }

    /// One block; empty beyond the last.
    pub fn get(&self, block: usize) -> &str {
        self.text.get(self.range(block)).unwrap_or_default()
    }

    fn range(&self, block: usize) -> Range<usize> {
        let cut = |at: usize| self.cuts.get(at).copied().unwrap_or(self.text.len());
        let start = block.checked_sub(1).map_or(0, cut);
        start..cut(block)
    }

    fn open_bytes(&self) -> usize {
        self.text.len() - self.cuts.last().copied().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pieces: impl IntoIterator<Item = String>) -> usize {
        let mut blocks = Blocks::default();
        let mut whole = String::new();
        for piece in pieces {
            blocks.push(&piece);
            whole.push_str(&piece);
        }
        let put_together: String = (0..blocks.count()).map(|block| blocks.get(block)).collect();
        assert_eq!(put_together, whole);
        assert_eq!(blocks.as_str(), whole);
        assert!((0..blocks.count()).all(|block| blocks.get(block).len() <= MOST + 4));
        assert_eq!(blocks.get(blocks.count()), "");
        blocks.count()
    }

    #[test]
    fn blocks_put_together_are_the_text() {
        assert_eq!(check([]), 1);
        assert_eq!(check(["short".to_owned()]), 1);
        // 60,000 bytes of lines of 60: cut at the first line's end after 4,000.
        assert_eq!(check((0..1000).map(|_| format!("{}\n", "x".repeat(59)))), 15);
        // No line's end, characters of three bytes: cut at 8,000, never inside one.
        assert_eq!(check((0..4000).map(|_| "€€".to_owned())), 3);
        assert_eq!(check(["€".repeat(8000)]), 3);
    }

    #[test]
    fn text_in_one_piece_or_many_gives_the_same_blocks() {
        let text: String = (0..900).map(|number| format!("line {number}\n")).collect();
        let (mut one, mut many) = (Blocks::default(), Blocks::default());
        one.push(&text);
        text.chars().for_each(|c| many.push(c.encode_utf8(&mut [0; 4])));
        assert_eq!(one, many);
    }
}

//! Bytes to text as tokens arrive: a character is shown when its last byte is there, and what might become a stop
//! string is held back until it has not.

/// Puts characters together.
#[derive(Default)]
pub(super) struct TextDecoder {
    waiting: Vec<u8>,
    /// Text that may be the beginning of a stop string.
    held: String,
    stops: Vec<String>,
}

/// What one token brought.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Decoded {
    /// Text to show, perhaps none.
    Text(String),
    /// The text up to a stop string, which ends the answer.
    Stop(String),
}

impl TextDecoder {
    /// Stops before the first of these; empty ones are left out.
    pub fn new(stops: &[String]) -> Self {
        let stops = stops.iter().filter(|stop| !stop.is_empty()).cloned().collect();
        Self { stops, ..Self::default() }
    }

    /// Takes a token's bytes.
    pub fn push(&mut self, bytes: &[u8]) -> Decoded {
        self.waiting.extend_from_slice(bytes);
        let mut used = 0;
        for chunk in self.waiting.utf8_chunks() {
            self.held.push_str(chunk.valid());
            used += chunk.valid().len();
            let bad = chunk.invalid();
            // At the end it may only be unfinished: a character has at most four bytes.
            let unfinished = used + bad.len() == self.waiting.len()
                && std::str::from_utf8(bad).is_err_and(|error| error.error_len().is_none());
            if !bad.is_empty() && !unfinished {
                self.held.push(char::REPLACEMENT_CHARACTER);
                used += bad.len();
            }
        }
        self.waiting.drain(..used);
        self.release()
    }

    /// What is left when no more comes.
    pub fn finish(&mut self) -> String {
        if !std::mem::take(&mut self.waiting).is_empty() {
            self.held.push(char::REPLACEMENT_CHARACTER);
        }
        std::mem::take(&mut self.held)
    }

    fn release(&mut self) -> Decoded {
        if let Some(at) = self.stops.iter().filter_map(|stop| self.held.find(stop)).min() {
            self.held.truncate(at);
            self.waiting.clear();
            return Decoded::Stop(std::mem::take(&mut self.held));
        }
        // The longest end of the text that a stop string begins with stays.
        let keep = self.held.char_indices().map(|(at, _)| at).find(|&at| {
            let end = &self.held[at..];
            self.stops.iter().any(|stop| stop.starts_with(end))
        });
        let rest = keep.map(|at| self.held.split_off(at)).unwrap_or_default();
        Decoded::Text(std::mem::replace(&mut self.held, rest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(stops: &[&str], pieces: &[&[u8]], shown: &[&str], rest: &str) {
        let stops: Vec<String> = stops.iter().map(|&stop| stop.to_owned()).collect();
        let mut decoder = TextDecoder::new(&stops);
        let got: Vec<String> = pieces
            .iter()
            .map(|piece| match decoder.push(piece) {
                Decoded::Text(text) => text,
                Decoded::Stop(text) => format!("{text}|stop"),
            })
            .collect();
        assert_eq!(got, shown);
        assert_eq!(decoder.finish(), rest);
    }

    #[test]
    fn a_character_is_never_split() {
        let smile = "😀".as_bytes();
        check(&[], &[b"a", &smile[..1], &smile[1..3], &smile[3..], b"b"], &["a", "", "", "😀", "b"], "");
    }

    #[test]
    fn bytes_that_can_form_no_character_are_marked_once_that_is_sure() {
        check(&[], &[b"a\xff", b"b", b"\xc3"], &["a\u{fffd}", "b", ""], "\u{fffd}");
        check(&[], &[b"\xe2\x82", b"x"], &["", "\u{fffd}x"], "");
    }

    #[test]
    fn a_stop_string_ends_the_text_before_it_even_across_tokens() {
        check(&["END"], &[b"one E", b"N", b"D two"], &["one ", "", "|stop"], "");
        check(&["END"], &[b"one E", b"x", b"EN"], &["one ", "Ex", ""], "EN");
    }
}

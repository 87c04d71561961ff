//! The letters byte-level vocabularies write bytes with: printable Latin-1 stands for itself, every other byte for the
//! next free character from U+0100 on (GPT-2's `bytes_to_unicode`, OpenAI 2019).

/// The bytes a vocabulary entry stands for. A character outside the alphabet stands for its own UTF-8.
pub(super) fn from_letters(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    for letter in text.chars() {
        match byte_of(letter) {
            Some(byte) => bytes.push(byte),
            None => bytes.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    bytes
}

const fn is_itself(byte: u8) -> bool {
    matches!(byte, 0x21..=0x7e | 0xa1..=0xac | 0xae..=0xff)
}

fn byte_of(letter: char) -> Option<u8> {
    let code = u32::from(letter);
    match u8::try_from(code) {
        Ok(byte) => is_itself(byte).then_some(byte),
        Err(_) => {
            let nth = usize::try_from(code - 0x100).ok()?;
            (0..=u8::MAX).filter(|&byte| !is_itself(byte)).nth(nth)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn space_newline_and_letters_are_what_gpt2_writes() {
        assert_eq!(from_letters("Ġhello"), b" hello");
        assert_eq!(from_letters("Ċ"), b"\n");
        assert_eq!(from_letters("Ã©"), "é".as_bytes());
    }
}

//! Rust text without its comments and without what stands between quotes: enough to see names, not a parser.

/// The code of a source text. Comments, string and character literals become single blanks; lines stay lines.
pub fn code_only(text: &str) -> String {
    let bytes: Vec<char> = text.chars().collect();
    let mut code = String::with_capacity(text.len());
    let mut at = 0;
    while at < bytes.len() {
        let rest = &bytes[at..];
        let length = comment(rest).or_else(|| raw_string(rest, code.chars().last())).or_else(|| quoted(rest));
        match length {
            Some(length) => {
                code.push(' ');
                code.extend(rest.iter().take(length).filter(|c| **c == '\n'));
                at += length;
            }
            None => {
                code.push(rest[0]);
                at += 1;
            }
        }
    }
    code
}

fn starts(text: &[char], with: &str) -> bool {
    with.chars().enumerate().all(|(at, c)| text.get(at) == Some(&c))
}

/// Length of the comment that starts here. Block comments nest.
fn comment(text: &[char]) -> Option<usize> {
    if starts(text, "//") {
        return Some(text.iter().position(|c| *c == '\n').unwrap_or(text.len()));
    }
    if !starts(text, "/*") {
        return None;
    }
    let (mut depth, mut at) = (0usize, 0);
    while at < text.len() {
        if starts(&text[at..], "/*") {
            depth += 1;
            at += 2;
        } else if starts(&text[at..], "*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                break;
            }
        } else {
            at += 1;
        }
    }
    Some(at)
}

/// Length of the raw string that starts here, if the letter before does not make it part of a name.
fn raw_string(text: &[char], before: Option<char>) -> Option<usize> {
    if text.first() != Some(&'r') || before.is_some_and(|c| c.is_alphanumeric() || c == '_') {
        return None;
    }
    let hashes = text.iter().skip(1).take_while(|c| **c == '#').count();
    if text.get(1 + hashes) != Some(&'"') {
        return None;
    }
    let end: String = std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
    let body = 2 + hashes;
    let close = (body..text.len()).find(|at| starts(&text[*at..], &end)).unwrap_or(text.len());
    Some((close + end.len()).min(text.len()))
}

/// Length of the string or character literal that starts here. A lifetime is none.
fn quoted(text: &[char]) -> Option<usize> {
    let quote = *text.first().filter(|c| matches!(c, '"' | '\''))?;
    if quote == '\'' && text.get(1) != Some(&'\\') && text.get(2) != Some(&'\'') {
        return None;
    }
    let mut at = 1;
    while let Some(c) = text.get(at) {
        match c {
            '\\' => at += 2,
            c if *c == quote => return Some(at + 1),
            _ => at += 1,
        }
    }
    Some(text.len())
}

//! Markdown: tables and text that stay what they are, whatever a user named things.

/// A table under construction: a head, then rows of as many cells.
pub(super) struct Table {
    text: String,
}

impl Table {
    /// Columns by name. A name that begins with `>` is of numbers and is set to the right.
    pub(super) fn new(columns: &[&str]) -> Self {
        let names = columns.iter().map(|name| name.trim_start_matches('>'));
        let rule = columns.iter().map(|name| if name.starts_with('>') { "---:" } else { "---" });
        let mut table = Self { text: String::new() };
        table.line(names.map(str::to_owned));
        table.line(rule.map(str::to_owned));
        table
    }

    /// Adds a row; the cells are text, not Markdown.
    pub(super) fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.line(cells.iter().map(|cell| plain(cell)));
    }

    fn line(&mut self, cells: impl Iterator<Item = String>) {
        let cells: Vec<String> = cells.collect();
        self.text += &format!("| {} |\n", cells.join(" | "));
    }

    /// The table, followed by an empty line.
    pub(super) fn finish(self) -> String {
        self.text + "\n"
    }
}

/// Text that Markdown leaves alone: on one line, with its signs escaped.
pub(super) fn plain(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | '|' | '*' | '_' | '`' | '<' | '>' | '[' | ']' | '#' | '~' => escaped.extend(['\\', c]),
            _ if c.is_control() => escaped.push(' '),
            _ => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hostile_name_stays_one_cell() {
        let mut table = Table::new(&["name", ">n"]);
        table.row(["a | b\n<script>".to_owned(), "1".to_owned()]);
        assert_eq!(table.finish(), "| name | n |\n| --- | ---: |\n| a \\| b \\<script\\> | 1 |\n\n");
    }
}

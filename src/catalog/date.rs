//! Calendar dates as sources give them: a year, a month, or a day.

use std::fmt;

use serde::{Deserialize, Serialize};

/// `2024`, `2024-07` or `2024-07-23`, as precise as the source was.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Date(String);

impl Date {
    /// Reads `YYYY`, `YYYY-MM` or `YYYY-MM-DD`; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let in_range = |part: &str, digits: usize, least: u32, most: u32| {
            part.len() == digits && part.parse().is_ok_and(|n: u32| (least..=most).contains(&n))
        };
        let good = parts.next().is_some_and(|year| in_range(year, 4, 1900, 2199))
            && parts.next().is_none_or(|month| in_range(month, 2, 1, 12))
            && parts.next().is_none_or(|day| in_range(day, 2, 1, 31))
            && parts.next().is_none();
        good.then(|| Self(text.to_owned()))
    }

    /// As written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Date {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).ok_or_else(|| format!("`{text}` is not a date: write 2024, 2024-07 or 2024-07-23"))
    }
}

impl From<Date> for String {
    fn from(date: Date) -> Self {
        date.0
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_as_precise_as_its_source() {
        for good in ["2024", "2024-07", "2024-07-23"] {
            assert_eq!(Date::parse(good).map(|d| d.to_string()).as_deref(), Some(good));
        }
        for bad in ["", "24", "2024-13", "2024-7", "2024-07-32", "2024-07-23-01", "yesterday"] {
            assert_eq!(Date::parse(bad), None, "{bad}");
        }
    }
}

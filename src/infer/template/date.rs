//! The day, for templates that tell it to the model. Given to the template as a value, so that tests choose theirs.

use std::time::{SystemTime, UNIX_EPOCH};

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] = ["Thursday", "Friday", "Saturday", "Sunday", "Monday", "Tuesday", "Wednesday"];

/// A day in the Gregorian calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(in crate::infer) struct Date {
    /// Since 1970-01-01.
    days: u64,
}

impl Date {
    /// The day it is in UTC; 1970-01-01 where the clock stands before that.
    pub fn today() -> Self {
        let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
        Self { days: seconds / 86_400 }
    }

    #[cfg(test)]
    pub const fn from_days(days: u64) -> Self {
        Self { days }
    }

    /// Year, month from 1 and day from 1, by the method of Hinnant 2021, "chrono-Compatible Low-Level Date Algorithms".
    fn civil(self) -> (u64, usize, u64) {
        let shifted = self.days + 719_468;
        let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
        let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        // Months from March on.
        let month = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month + 2) / 5 + 1;
        let month = if month < 10 { month + 3 } else { month - 9 };
        (year_of_era + era * 400 + u64::from(month <= 2), month as usize, day)
    }

    /// As Python's `strftime` writes it, for the letters templates use; others stay as they are.
    pub fn format(self, format: &str) -> String {
        let (year, month, day) = self.civil();
        let month_name = MONTHS.get(month.saturating_sub(1)).copied().unwrap_or_default();
        let day_name = DAYS.get((self.days % 7) as usize).copied().unwrap_or_default();
        let mut out = String::new();
        let mut letters = format.chars();
        while let Some(letter) = letters.next() {
            match (letter, if letter == '%' { letters.next() } else { None }) {
                ('%', Some('Y')) => out.push_str(&year.to_string()),
                ('%', Some('m')) => out.push_str(&format!("{month:02}")),
                ('%', Some('d')) => out.push_str(&format!("{day:02}")),
                ('%', Some('B')) => out.push_str(month_name),
                ('%', Some('b')) => out.push_str(month_name.get(..3).unwrap_or_default()),
                ('%', Some('A')) => out.push_str(day_name),
                ('%', Some('a')) => out.push_str(day_name.get(..3).unwrap_or_default()),
                ('%', Some('%')) => out.push('%'),
                // Hours and what else there is: midnight.
                ('%', Some('H' | 'I' | 'M' | 'S')) => out.push_str("00"),
                (letter, next) => {
                    out.push(letter);
                    out.extend(next);
                }
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_become_dates_across_leap_years() {
        for (days, expected) in [
            (0, "1970-01-01 Thu"),
            (59, "1970-03-01 Sun"),
            (11_016, "2000-02-29 Tue"),
            (19_782, "2024-02-29 Thu"),
            (20_777, "2026-11-20 Fri"),
        ] {
            assert_eq!(Date::from_days(days).format("%Y-%m-%d %a"), expected);
        }
        assert_eq!(Date::from_days(20_777).format("%d %b %Y, %B %A 100%% %q"), "20 Nov 2026, November Friday 100% %q");
    }
}

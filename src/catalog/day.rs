//! The calendar day of a moment: when a report was written, when a file was read.

use std::time::{SystemTime, UNIX_EPOCH};

use super::Date;

const SECONDS_PER_DAY: u64 = 86_400;

/// The day (UTC) of a moment, as `2026-11-20`. `None`: before 1970 or after 2199.
pub fn day_of(moment: SystemTime) -> Option<Date> {
    let days = i64::try_from(moment.duration_since(UNIX_EPOCH).ok()?.as_secs() / SECONDS_PER_DAY).ok()?;
    // H. Hinnant, "chrono-compatible low-level date algorithms", civil_from_days, 2013: years begin on 1 March, so that
    // the leap day is their last; 719,468 days lie between 0000-03-01 and 1970-01-01.
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    Date::parse(&format!("{year:04}-{month:02}-{day:02}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn days_are_counted_through_leap_years_and_centuries() {
        for (seconds, text) in [
            (0, "1970-01-01"),
            (951_782_400, "2000-02-29"),
            (951_868_800, "2000-03-01"),
            (1_709_164_800, "2024-02-29"),
            (1_795_132_800, "2026-11-20"),
            (4_107_542_400, "2100-03-01"),
        ] {
            let day = day_of(UNIX_EPOCH + Duration::from_secs(seconds)).expect("a day");
            assert_eq!(day.as_str(), text);
        }
        assert_eq!(day_of(UNIX_EPOCH - Duration::from_secs(1)), None);
    }
}

//! How numbers look: three significant digits, thousands apart.

use std::fmt;

/// Prints a number with three significant digits: 0.123, 1.23, 12.3, 123, 12,300.
#[derive(Clone, Copy, Debug)]
pub struct Significant(pub f64);

impl fmt::Display for Significant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let size = self.0.abs();
        match size {
            _ if !size.is_finite() => write!(f, "unknown"),
            _ if size == 0.0 => write!(f, "0"),
            // 9.995 would print as "10.00": the border lies where rounding moves a digit.
            _ if size < 0.000_999_5 => write!(f, "{:.2e}", self.0),
            _ if size < 0.9995 => write!(f, "{:.3}", self.0),
            _ if size < 9.995 => write!(f, "{:.2}", self.0),
            _ if size < 99.95 => write!(f, "{:.1}", self.0),
            _ if size < 999.5 => write!(f, "{:.0}", self.0),
            _ => {
                let step = 10f64.powi(size.log10().floor() as i32 - 2);
                write!(f, "{}", thousands((self.0 / step).round() * step))
            }
        }
    }
}

/// A share: "50 %", "7.8 %", and below one per cent with three digits.
pub fn in_percent(share: f64) -> String {
    let percent = share * 100.0;
    if percent.abs() >= 1.0 {
        format!("{} %", (percent * 10.0).round() / 10.0)
    } else {
        format!("{} %", Significant(percent))
    }
}

/// A whole number with a comma between thousands: `12,300`.
pub fn thousands(value: f64) -> String {
    let digits = format!("{:.0}", value.abs());
    let mut text = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if value < 0.0 && digits.chars().any(|d| d != '0') { format!("-{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_has_one_decimal_and_a_small_one_does_not_vanish() {
        for (share, text) in [(0.5, "50 %"), (0.0784, "7.8 %"), (3.0, "300 %"), (0.0004, "0.040 %"), (0.0, "0 %")] {
            assert_eq!(in_percent(share), text);
        }
    }

    #[test]
    fn three_significant_digits_whatever_the_size() {
        for (value, text) in [
            (0.0, "0"),
            (0.1234, "0.123"),
            (0.99996, "1.00"),
            (9.999, "10.0"),
            (12.34, "12.3"),
            (999.7, "1,000"),
            (12_345.0, "12,300"),
            (-1_234_567.0, "-1,230,000"),
            (0.000_012_3, "1.23e-5"),
        ] {
            assert_eq!(Significant(value).to_string(), text);
        }
    }
}

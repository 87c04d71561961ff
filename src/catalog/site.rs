//! Sites: how much power a building takes over what its racks take (power usage effectiveness, PUE).
//!
//! Published averages to choose from; a plan holds its own number.

/// One published PUE.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Site {
    /// Whose sites.
    pub name: &'static str,
    /// Power of the whole site over power of the racks.
    pub pue: f64,
    /// The year it is of.
    pub year: u16,
    /// Where it is published.
    pub source: &'static str,
}

const UPTIME: &str = "Uptime Institute, Global Data Center Survey 2025, as reported by networkenvironments.com";
const DCD: &str = "Data Center Dynamics, December 2024: \"AWS global data centers achieved PUE of 1.15 in 2023\"";

/// Published averages, the best first.
pub const SITES: &[Site] = &[
    Site { name: "Meta, all sites", pue: 1.08, year: 2024, source: DCD },
    Site { name: "Google, all sites", pue: 1.1, year: 2024, source: DCD },
    Site { name: "Amazon Web Services, all sites", pue: 1.15, year: 2023, source: DCD },
    Site { name: "Microsoft, all sites", pue: 1.18, year: 2024, source: DCD },
    Site { name: "New large sites, at most", pue: 1.3, year: 2025, source: UPTIME },
    Site { name: "Average of the industry", pue: 1.54, year: 2025, source: UPTIME },
];

#[cfg(test)]
mod tests {
    use super::SITES;

    #[test]
    fn no_site_takes_less_than_its_racks_and_each_says_who_says_so() {
        assert!(SITES.iter().all(|site| (1.0..3.0).contains(&site.pue) && !site.source.is_empty()));
        assert!(SITES.is_sorted_by(|a, b| a.pue <= b.pue));
    }
}

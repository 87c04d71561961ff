//! How many sessions a number of readers asks for: Little's law, and queueing at a given number of sessions.
//!
//! Erlang B and C treat sessions as servers of a telephone exchange and readers as infinitely many; Engset knows that
//! there are only so many of them. Both assume that a session over capacity is turned away or waits; in truth an engine
//! slows down first, so they are the strict reading. Formulas: L. Kleinrock, "Queueing Systems" vol. 1, 1975; recursions
//! as in the ITU teletraffic handbook, 2005; waits by how widely service times spread: A. Lee, P. Longton, Operational
//! Research Quarterly 10, 1959, which is Allen and Cunneen's rule for requests that come at random.

use crate::units::{Seconds, TokensPerSecond};

/// Above this many sessions no queue is computed: the recursions take one step a session.
const MOST_SESSIONS: u32 = 10_000_000; // the planner's own, 2026-11-20

/// Spread of service times over their mean where the user says nothing: exponential.
pub const USUAL_SPREAD: f64 = 1.0; // language models 0.7 to 1: ML.ENERGY output-length histograms, read 2026-11

/// What each comfortable reader takes in: 450 words a minute at [`WORDS_PER_TOKEN`]. T. Rigoni, "LLMs: Bigger is Not Always
/// Better", Ampere, 18 Dec 2024.
pub const COMFORTABLE_READING: TokensPerSecond = TokensPerSecond::from_tokens_per_second(10.0);

/// English words in a token where the user says nothing; the same article.
pub const WORDS_PER_TOKEN: f64 = 0.75;

const SECONDS_PER_HOUR: f64 = 3600.0;

/// Requests per second of all readers on average.
pub fn requests_per_second(users: u32, active_share: f64, requests_per_active_hour: f64) -> f64 {
    f64::from(users) * active_share * requests_per_active_hour / SECONDS_PER_HOUR
}

/// How long one request occupies a session: `TTFT + output tokens / speed`. `None`: the speed is not above zero.
pub fn service_time(time_to_first_token: Seconds, output_tokens: u32, speed: TokensPerSecond) -> Option<Seconds> {
    let per_second = speed.as_tokens_per_second();
    (per_second > 0.0).then(|| time_to_first_token + Seconds::from_secs(f64::from(output_tokens) / per_second))
}

/// How long one request occupies one of `sessions` that are all busy and write `speed_of_all` together, by Little's law:
/// `S = sessions x output tokens / speed of all`. `None`: no session, or no token.
pub fn time_in_session(sessions: u32, speed_of_all: TokensPerSecond, output_tokens: u32) -> Option<Seconds> {
    let per_second = speed_of_all.as_tokens_per_second();
    (sessions > 0 && per_second > 0.0)
        .then(|| Seconds::from_secs(f64::from(sessions) * f64::from(output_tokens) / per_second))
}

/// Little's law: requests in service on average, `L = lambda * S`.
pub fn mean_sessions(requests_per_second: f64, service_time: Seconds) -> f64 {
    requests_per_second * service_time.as_secs()
}

/// Sessions to hold the peak, rounded up; a whole number within a billionth counts as whole.
pub fn peak_sessions(mean_sessions: f64, peak_factor: f64) -> u32 {
    // A float-to-integer cast saturates, and NaN becomes zero.
    (mean_sessions * peak_factor * (1.0 - 1e-9)).ceil() as u32
}

/// Erlang B: share of requests turned away by `sessions` at an offered load of `load` (mean sessions wanted).
/// `None`: the load is negative or not a number, or there are too many sessions to count.
pub fn erlang_b(load: f64, sessions: u32) -> Option<f64> {
    if !(load >= 0.0 && load.is_finite()) || sessions > MOST_SESSIONS {
        return None;
    }
    let mut blocked = 1.0;
    for k in 1..=sessions {
        blocked = load * blocked / (f64::from(k) + load * blocked);
        if blocked == 0.0 {
            break;
        }
    }
    Some(blocked)
}

/// Erlang C: share of requests that wait. `None`: the load is not below the sessions (the queue grows without end), or as
/// [`erlang_b`].
pub fn erlang_c(load: f64, sessions: u32) -> Option<f64> {
    let busy = load / f64::from(sessions);
    if !(0.0..1.0).contains(&busy) {
        return None;
    }
    let blocked = erlang_b(load, sessions)?;
    Some(blocked / (1.0 - busy * (1.0 - blocked)))
}

/// Mean wait of a request in a queue M/G/c: Erlang C's wait times `(1 + CV^2) / 2`, where `spread`, CV, is the standard
/// deviation of service times over their mean (see [`USUAL_SPREAD`]). `None`: as [`erlang_c`].
pub fn mean_wait(load: f64, sessions: u32, service_time: Seconds, spread: f64) -> Option<Seconds> {
    let waiting = erlang_c(load, sessions)?;
    Some(service_time * (waiting / (f64::from(sessions) - load) * (1.0 + spread * spread) / 2.0))
}

/// Share of requests that wait longer than `wait`: `C * exp(-(c - a) t / S)`. `None`: as [`erlang_c`].
pub fn share_waiting_longer(load: f64, sessions: u32, service_time: Seconds, wait: Seconds) -> Option<f64> {
    let waiting = erlang_c(load, sessions)?;
    Some(waiting * (-(f64::from(sessions) - load) * (wait / service_time)).exp())
}

/// Fewest sessions at which no more than `share` of the requests wait. `None`: none up to the counting limit.
pub fn fewest_sessions_where_few_wait(load: f64, share: f64) -> Option<u32> {
    if !(load >= 0.0 && load < f64::from(MOST_SESSIONS)) || share.is_nan() || share < 0.0 {
        return None;
    }
    // The recursion of Erlang B runs along, so each step tests one more session at no extra cost.
    let mut blocked = 1.0;
    for k in 1..=MOST_SESSIONS {
        let sessions = f64::from(k);
        blocked = load * blocked / (sessions + load * blocked);
        let busy = load / sessions;
        if busy < 1.0 && blocked / (1.0 - busy * (1.0 - blocked)) <= share {
            return Some(k);
        }
    }
    None
}

/// Blocking with a known number of readers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Engset {
    /// Share of time in which all sessions are busy.
    pub time_congestion: f64,
    /// Share of requests that find all sessions busy.
    pub call_congestion: f64,
}

/// Engset: `readers` people, each busy with a share `busy` of the time, on `sessions`. `None`: the share is not in
/// `[0, 1)`, or there are too many sessions to count.
pub fn engset(readers: u32, busy: f64, sessions: u32) -> Option<Engset> {
    if !(0.0..1.0).contains(&busy) || sessions > MOST_SESSIONS {
        return None;
    }
    let offered = busy / (1.0 - busy);
    let congestion = |sources: u32| {
        let mut blocked = 1.0;
        for k in 1..=sessions {
            let idle = f64::from(sources.saturating_sub(k - 1));
            let numerator = idle * offered * blocked;
            blocked = numerator / (f64::from(k) + numerator);
            if blocked == 0.0 {
                break;
            }
        }
        blocked
    };
    Some(Engset { time_congestion: congestion(readers), call_congestion: congestion(readers.saturating_sub(1)) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(found: Option<f64>, expected: f64, tolerance: f64) {
        let found = found.expect("a number");
        assert!((found - expected).abs() <= tolerance, "{found} is not {expected} +- {tolerance}");
    }

    #[test]
    fn two_thousand_users_keep_twenty_four_sessions_busy_and_seventy_two_at_the_peak() {
        let rate = requests_per_second(2_000, 0.2, 6.0);
        check(Some(rate), 0.6667, 1e-4);
        let time =
            service_time(Seconds::from_secs(1.0), 350, TokensPerSecond::from_tokens_per_second(10.0)).expect("S");
        assert_eq!(time.as_secs(), 36.0);
        let mean = mean_sessions(rate, time);
        check(Some(mean), 24.0, 1e-9);
        assert_eq!(peak_sessions(mean, 3.0), 72);
    }

    #[test]
    fn eighty_sessions_offered_to_ninety_six_block_under_one_percent() {
        check(erlang_b(80.0, 96), 0.009_385_3, 5e-8);
        check(erlang_c(80.0, 96), 0.053_788, 5e-7);
        assert_eq!(fewest_sessions_where_few_wait(80.0, 0.05), Some(97));
    }

    #[test]
    fn five_hundred_readers_block_less_than_infinitely_many() {
        for (sessions, time, call) in [(30, 0.05249, 0.05180), (35, 0.01083, 0.01060), (40, 0.001_157, 0.001_121)] {
            let engset = engset(500, 0.05, sessions).expect("a share");
            check(Some(engset.time_congestion), time, 6e-6);
            check(Some(engset.call_congestion), call, 6e-6);
            assert!(Some(engset.time_congestion) < erlang_b(25.0, sessions));
        }
        for (sessions, blocked) in [(30, 0.05260), (35, 0.01165), (40, 0.001_411)] {
            check(erlang_b(25.0, sessions), blocked, 6e-6);
        }
    }

    #[test]
    fn waiting_follows_the_spread_of_answer_lengths() {
        let second = Seconds::from_secs(36.0);
        let exponential = mean_wait(80.0, 96, second, 1.0).expect("a wait");
        check(Some(exponential.as_secs()), 0.053_788 * 36.0 / 16.0, 1e-4);
        let constant = mean_wait(80.0, 96, second, 0.0).expect("a wait");
        check(Some(constant / exponential), 0.5, 1e-12);
        let language_model = mean_wait(80.0, 96, second, 0.7).expect("a wait");
        check(Some(language_model / exponential), (1.0 + 0.49) / 2.0, 1e-12);
        check(share_waiting_longer(80.0, 96, second, Seconds::ZERO), 0.053_788, 5e-7);
        assert!(share_waiting_longer(80.0, 96, second, second) < Some(1e-7));
    }

    #[test]
    fn many_readers_are_as_good_as_endless_ones_and_few_are_not() {
        let erlang = erlang_b(25.0, 35).expect("a share");
        let of = |readers: u32| engset(readers, 25.0 / f64::from(readers), 35).expect("a share").call_congestion;
        assert!((of(1_000_000) / erlang - 1.0).abs() < 1e-3);
        assert!(of(50) < erlang / 5.0, "{} {erlang}", of(50));
        let shares = [36, 50, 100, 500, 5_000, 50_000].map(of);
        assert!(shares.is_sorted() && shares.iter().all(|share| *share < erlang), "{shares:?}");
        assert_eq!(of(35), 0.0, "as many sessions as readers turn nobody away");
    }

    #[test]
    fn more_sessions_never_block_more() {
        for load in [0.0, 0.5, 10.0, 80.0, 1e4] {
            let mut before = 1.0;
            for sessions in 1..200 {
                let now = erlang_b(load, sessions).expect("a share");
                assert!(now <= before && now >= 0.0, "{load} {sessions}");
                before = now;
            }
        }
    }

    #[test]
    fn no_users_no_sessions_and_no_speed_no_time() {
        assert_eq!(requests_per_second(0, 1.0, 60.0), 0.0);
        assert_eq!(peak_sessions(0.0, 3.0), 0);
        assert_eq!(service_time(Seconds::ZERO, 10, TokensPerSecond::ZERO), None);
        assert_eq!(time_in_session(1, TokensPerSecond::ZERO, 10), None);
        assert_eq!(time_in_session(0, TokensPerSecond::from_tokens_per_second(1.0), 10), None);
        assert_eq!(erlang_b(0.0, 0), Some(1.0));
        assert_eq!(erlang_c(5.0, 5), None);
        assert_eq!(erlang_c(0.0, 0), None);
        assert_eq!(erlang_b(f64::NAN, 5), None);
        assert_eq!(erlang_b(5.0, u32::MAX), None);
        assert_eq!(engset(10, 1.0, 5), None);
        assert_eq!(fewest_sessions_where_few_wait(f64::INFINITY, 0.05), None);
    }
}

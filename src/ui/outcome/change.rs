//! By how much the sessions changed a moment ago.

/// How long a change is shown beside a number, in seconds.
const CHANGE_SHOWN: f64 = 2.5;

/// The sessions shown last, and from what they changed when.
#[derive(Debug, Default)]
pub struct LastChange {
    shown: Option<u32>,
    before: u32,
    at: f64,
}

impl LastChange {
    /// Takes the number of this frame in. By how much it changed a moment ago, and for how long that is still to be shown.
    pub fn take(&mut self, now: u32, time: f64) -> Option<(i64, f64)> {
        let running = time - self.at < CHANGE_SHOWN;
        if self.shown != Some(now) {
            if !running || self.shown.is_none() {
                self.before = self.shown.unwrap_or(now);
            }
            self.at = time;
            self.shown = Some(now);
        }
        let left = CHANGE_SHOWN - (time - self.at);
        (left > 0.0 && self.before != now).then_some((i64::from(now) - i64::from(self.before), left))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_shows_against_the_number_before_the_drag_began_and_then_goes() {
        let mut change = LastChange::default();
        assert_eq!(change.take(440, 10.0), None, "nothing changed yet");
        assert_eq!(change.take(450, 20.0).map(|(by, _)| by), Some(10));
        assert_eq!(change.take(462, 20.5).map(|(by, _)| by), Some(22), "one drag, one change");
        assert_eq!(change.take(462, 24.0), None);
        assert_eq!(change.take(460, 30.0).map(|(by, _)| by), Some(-2));
    }
}

//! What a model will take of memory before it is loaded, against what there is: shown, warned of, never refused.

use egui::Ui;

use super::names::named;
use super::predict::Prediction;
use crate::sizing::verdict;
use crate::ui::sizing::memory_segments;
use crate::ui::theme::tokens;
use crate::ui::widgets::{bar_ui, verdict_mark};
use crate::units::Bytes;

/// What there is for a model about to be loaded.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Room {
    /// Memory programs can still take, what is loaded taken off already. `None`: the system does not tell.
    pub free: Option<Bytes>,
    /// What the model it takes the place of gives back.
    pub given_back: Bytes,
    /// What the other column's model keeps.
    pub beside: Bytes,
}

/// What a load will take, and what there is for it.
#[derive(Clone, Debug, PartialEq)]
pub struct Expected {
    /// What it will take. `None`: the file's header is not known yet.
    pub prediction: Option<Prediction>,
    /// What there is.
    pub room: Room,
}

impl Expected {
    /// Whether it fits. `None`: what it will take or what is free is not known.
    pub fn fits(&self) -> Option<bool> {
        let ledger = self.prediction.as_ref()?.memory.as_ref().ok()?;
        Some(ledger.total() <= self.room.available()?)
    }
}

impl Room {
    /// What the new model may take.
    fn available(&self) -> Option<Bytes> {
        self.free.map(|free| free + self.given_back)
    }

    /// What it will take of what there is, in words.
    fn words(&self, total: Bytes) -> String {
        match self.free {
            None => format!("Will take {total}; the system does not tell what is free"),
            Some(free) if total > free && self.given_back > Bytes::ZERO => format!(
                "Will take {total} of the {free} free now and the {} of the model it takes the place of, which is let go first",
                self.given_back
            ),
            Some(free) => format!("Will take {total} of the {free} free now"),
        }
    }
}

/// Draws the predicted memory against what there is. `name` is what the bar is called, `column` whose it is.
pub fn memory_ui(ui: &mut Ui, name: &str, column: usize, expected: &Expected) {
    let ledger = match expected.prediction.as_ref().map(|prediction| &prediction.memory) {
        Some(Ok(ledger)) => ledger,
        Some(Err(refusal)) => {
            ui.weak(format!("Memory it will take: unknown, {}", refusal.reason));
            return;
        }
        None => {
            ui.weak("Memory it will take: unknown until its header is read");
            return;
        }
    };
    let (colors, room, total) = (tokens(ui), &expected.room, ledger.total());
    ui.add(egui::Label::new(room.words(total)).wrap());
    let segments = memory_segments(ledger, colors);
    let available = room.available();
    bar_ui(ui, &named(&format!("{name}: {total}"), column), &segments, available.map(Bytes::as_f64), 12.0);
    if room.beside > Bytes::ZERO {
        ui.weak(format!("The other column's model keeps its {}", room.beside));
    }
    let (icon, verdict, color) = verdict_mark(verdict::of(total, available), colors);
    match available {
        Some(available) if total > available => {
            ui.colored_label(color, format!("⚠ {verdict}: it may be very slow, or be ended by the system"));
        }
        Some(_) => {
            ui.colored_label(color, format!("{icon} {verdict}"));
        }
        None => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_model_gives_back_counts_where_it_is_let_go_first() {
        let (mib, free) = (Bytes::from_mib, Some(Bytes::from_mib(100.0)));
        let room = Room { free, given_back: mib(50.0), beside: Bytes::ZERO };
        assert_eq!(room.available(), Some(mib(150.0)));
        assert!(room.words(mib(120.0)).contains("let go first"), "{}", room.words(mib(120.0)));
        assert!(!room.words(mib(80.0)).contains("let go"), "there is room for both");
        let nothing = Room { free, ..Room::default() };
        assert!(!nothing.words(mib(120.0)).contains("let go"), "there is nothing to let go");
        assert_eq!(Room { free: None, ..room }.available(), None);
    }
}

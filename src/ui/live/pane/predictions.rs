//! What is predicted of the model loaded in a column, and of every one that may be loaded next.

use std::time::Instant;

use super::super::memory_ui::{Expected, Room};
use super::super::offer::Look;
use super::super::predict::{Inputs, Prediction, USUAL};
use super::super::quantize::Progress;
use super::super::session::Stage;
use super::super::settings::Settings;
use super::LivePane;
use crate::catalog::Device;
use crate::infer::ModelHeader;
use crate::quantize::WINDOW_TOKENS;
use crate::sizing::calibration::Calibration;
use crate::ui::scene::Scene;
use crate::units::Bytes;

/// Context a model is loaded with to be measured, in tokens.
const MEASURED_TOKENS: u32 = WINDOW_TOKENS as u32;

impl LivePane {
    /// The memory a column's loaded model was predicted to take; nothing where none is loaded.
    pub(super) fn loaded_memory(&mut self, at: usize, scene: &Scene<'_>, device: Option<&Device>) -> Option<Bytes> {
        let column = self.desk.columns.get(at)?;
        if column.session.model.is_none() {
            return Some(Bytes::ZERO);
        }
        let prediction = self.loaded_prediction(at, scene, device)?;
        prediction.memory.as_ref().ok().map(|ledger| ledger.total())
    }

    pub(super) fn loaded_prediction(
        &mut self,
        at: usize,
        scene: &Scene<'_>,
        device: Option<&Device>,
    ) -> Option<&Prediction> {
        let column = self.desk.columns.get(at)?;
        let whole = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let context = column.session.model.as_ref().map_or(0, |model| whole(model.context_tokens));
        let summary = column.session.summary.as_ref();
        let (prompt_tokens, output_tokens) = summary.map_or(USUAL, |summary| {
            (
                whole(summary.prompt_tokens - summary.cached_tokens.min(summary.prompt_tokens)),
                whole(summary.generated_tokens),
            )
        });
        let inputs = Inputs {
            header: column.header.clone()?,
            device: device.cloned(),
            own: own_of(scene, device),
            cache: column.session.model.as_ref().map_or(column.settings.cache, |model| model.cache),
            threads: column.session.model.as_ref().map(|model| whole(model.threads)),
            context_tokens: if context == 0 { column.settings.context_tokens } else { context },
            prompt_tokens,
            output_tokens,
        };
        Some(self.loaded.get_mut(at)?.of(&inputs, scene.catalog))
    }

    /// What loading the model offered in a column will take.
    pub(super) fn offered_memory(&mut self, at: usize, scene: &Scene<'_>, device: Option<&Device>) -> Expected {
        let prediction = self.desk.columns.get(at).and_then(|column| match &column.offer.as_ref()?.look {
            Look::Header(header) => {
                let inputs = to_load(header, &column.settings, device.cloned(), own_of(scene, device));
                Some(self.offered.get_mut(at)?.of(&inputs, scene.catalog).clone())
            }
            Look::Reading | Look::Unreadable(_) => None,
        });
        Expected { prediction, room: self.room(at) }
    }

    /// Whether a column's model was loaded otherwise than it is set now, and what loading it as it is set will take,
    /// where that can be asked for.
    pub(super) fn again_memory(
        &mut self,
        at: usize,
        scene: &Scene<'_>,
        device: Option<&Device>,
    ) -> (bool, Option<Expected>) {
        let Some(column) = self.desk.columns.get(at) else { return (false, None) };
        let (session, cores) = (&column.session, self.meter.cores());
        let stale = session.stage == Stage::Ready
            && session.model.as_ref().is_some_and(|model| column.settings.differ_from(model, cores));
        if !stale && !matches!(session.stage, Stage::Asleep | Stage::Failed(_)) {
            return (false, None);
        }
        self.meter.look(Instant::now());
        // The second column begins with the first one's model, whose header may have come after it was opened.
        let same = self.desk.columns.iter().find(|other| other.choice == column.choice && other.header.is_some());
        let prediction = same.and_then(|known| known.header.as_ref()).and_then(|header| {
            let inputs = to_load(header, &column.settings, device.cloned(), own_of(scene, device));
            Some(self.again.get_mut(at)?.of(&inputs, scene.catalog).clone())
        });
        (stale, Some(Expected { prediction, room: self.room(at) }))
    }

    /// What measuring the model will take of which a smaller file is about to be made, beside all that is loaded; once it is
    /// made, what opening it beside the first model will.
    pub(super) fn smaller_memory(&mut self, scene: &Scene<'_>) -> Option<Expected> {
        let (header, settings, room) = match &self.smaller.progress {
            Progress::Choosing(choices) => {
                self.meter.look(Instant::now());
                let settings = Settings { context_tokens: MEASURED_TOKENS, ..Settings::default() };
                (choices.header.as_ref(), settings, Room { free: self.meter.free_memory(), ..Room::default() })
            }
            Progress::Made(made) => {
                self.meter.look(Instant::now());
                let column = self.desk.columns.get(1).or(self.desk.columns.first())?;
                (made.header.as_ref(), column.settings.clone(), self.room(1))
            }
            _ => return None,
        };
        let prediction = header.map(|header| {
            let inputs = to_load(header, &settings, None, Calibration::NONE);
            self.smaller_predicted.of(&inputs, scene.catalog).clone()
        });
        Some(Expected { prediction, room })
    }

    /// What there is for a model to be loaded into a column.
    fn room(&self, at: usize) -> Room {
        let held = |at: usize| {
            let model = self.desk.columns.get(at).and_then(|column| column.session.model.as_ref());
            model.map_or(Bytes::ZERO, |model| model.weight_bytes + model.kv_cache_bytes)
        };
        Room { free: self.meter.free_memory(), given_back: held(at), beside: held(1 - at.min(1)) }
    }
}

/// What a file will take and give, loaded with these settings.
fn to_load(header: &ModelHeader, settings: &Settings, device: Option<Device>, own: Calibration) -> Inputs {
    let limit = u32::try_from(header.context_length).unwrap_or(u32::MAX);
    Inputs {
        header: header.clone(),
        device,
        own,
        cache: settings.cache,
        threads: None,
        context_tokens: settings.context_tokens.min(limit),
        prompt_tokens: USUAL.0,
        output_tokens: USUAL.1,
    }
}

/// What the plan's own measurements say about a device.
fn own_of(scene: &Scene<'_>, device: Option<&Device>) -> Calibration {
    device.map(|device| scene.outcome.own.of(&device.id).clone()).unwrap_or_default()
}

//! What is predicted of the model loaded in a column, and of the one offered.

use super::super::offer::Look;
use super::super::predict::{Inputs, Prediction, USUAL};
use super::LivePane;
use crate::catalog::Device;
use crate::sizing::calibration::Calibration;
use crate::ui::scene::Scene;
use crate::units::Bytes;

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
            context_tokens: if context == 0 { column.settings.context_tokens } else { context },
            prompt_tokens,
            output_tokens,
        };
        Some(self.loaded.get_mut(at)?.of(&inputs, scene.catalog))
    }

    pub(super) fn offered_prediction(
        &mut self,
        at: usize,
        scene: &Scene<'_>,
        device: Option<&Device>,
    ) -> Option<Prediction> {
        let column = self.desk.columns.get(at)?;
        let Look::Header(header) = &column.offer.as_ref()?.look else { return None };
        let limit = u32::try_from(header.context_length).unwrap_or(u32::MAX);
        let inputs = Inputs {
            header: (**header).clone(),
            device: device.cloned(),
            own: own_of(scene, device),
            cache: column.settings.cache,
            context_tokens: column.settings.context_tokens.min(limit),
            prompt_tokens: USUAL.0,
            output_tokens: USUAL.1,
        };
        Some(self.offered.get_mut(at)?.of(&inputs, scene.catalog).clone())
    }
}

/// What the plan's own measurements say about a device.
fn own_of(scene: &Scene<'_>, device: Option<&Device>) -> Calibration {
    device.map(|device| scene.outcome.own.of(&device.id).clone()).unwrap_or_default()
}

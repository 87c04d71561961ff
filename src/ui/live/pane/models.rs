//! What the user asks of models: to look at one, to load it, to leave it, to make a smaller file of it.

use super::super::engine::ModelChoice;
use super::super::memory_ui::Expected;
use super::super::model_ui::ModelAction;
use super::super::offer::{Look, Offer};
use super::super::quantize::Progress;
use super::super::quantize_ui::{self, SmallerAction};
use super::{LivePane, wake};
use crate::ui::command::Command;
use crate::ui::scene::Scene;

impl LivePane {
    pub(super) fn begin_smaller(&mut self, ctx: &egui::Context) {
        let Some(column) = self.desk.columns.first() else { return };
        let choice = column.offer.as_ref().map_or(&column.choice, |offer| &offer.choice);
        self.smaller.begin(choice.clone(), std::sync::Arc::new(wake(ctx)));
    }

    pub(super) fn smaller_ui(&mut self, ctx: &egui::Context, scene: &mut Scene<'_>) {
        let expected = self.smaller_memory(scene);
        if let (Progress::Choosing(_), Some(fits)) =
            (&self.smaller.progress, expected.as_ref().and_then(Expected::fits))
        {
            self.smaller.weigh(fits);
        }
        match quantize_ui::window_ui(ctx, &mut self.smaller, scene.catalog, expected.as_ref()) {
            Some(SmallerAction::ChoosePlace) => scene.commands.push(Command::SaveModel),
            Some(SmallerAction::ChooseText) => scene.commands.push(Command::OpenText),
            Some(SmallerAction::Compare(path, header)) => {
                self.desk.open_second();
                let choice = ModelChoice::File(path);
                if header.is_none() {
                    self.shelf.look(1, choice.clone(), wake(ctx));
                }
                self.desk.load(1, choice, header.map(|header| *header), wake(ctx));
            }
            None => {}
        }
    }

    pub(super) fn look(&mut self, at: usize, choice: ModelChoice, ctx: &egui::Context) {
        if let Some(column) = self.desk.columns.get_mut(at) {
            column.offer = Some(Offer { choice: choice.clone(), look: Look::Reading });
            self.shelf.look(at, choice, wake(ctx));
        }
    }

    pub(super) fn do_model(
        &mut self,
        at: usize,
        action: ModelAction,
        commands: &mut Vec<Command>,
        ctx: &egui::Context,
    ) {
        let Some(column) = self.desk.columns.get_mut(at) else { return };
        match action {
            ModelAction::Look(choice) => self.look(at, choice, ctx),
            ModelAction::OpenFile => {
                self.asking = at;
                commands.push(Command::OpenModel);
            }
            ModelAction::Scan => self.shelf.begin_scan(wake(ctx)),
            ModelAction::Leave => column.offer = None,
            ModelAction::StopLoading => column.cancel(),
            ModelAction::Load => {
                let Some(offer) = column.offer.take() else { return };
                let header = match offer.look {
                    Look::Header(header) => Some(*header),
                    Look::Reading | Look::Unreadable(_) => None,
                };
                self.desk.load(at, offer.choice, header, wake(ctx));
            }
            ModelAction::LoadAgain => {
                let (choice, header) = (column.choice.clone(), column.header.clone());
                if header.is_none() {
                    self.shelf.look(at, choice.clone(), wake(ctx));
                }
                self.desk.load(at, choice, header, wake(ctx));
            }
        }
    }
}

//! What a device serves: the entry of its menu, and the words for it.

use egui::Ui;

use crate::project::Project;
use crate::rack::Placement;
use crate::ui::needs::letter;

/// A scenario as the menus call it: "B: Llama 3.2 3B".
fn scenario_words(project: &Project, at: usize) -> Option<String> {
    project.scenarios.get(at).map(|scenario| format!("{}: {}", letter(at), scenario.name))
}

/// What a device serves, in words; nothing where the plan has one scenario and there is no choice.
pub fn served_words(project: &Project, placement: &Placement) -> Option<String> {
    let choice = project.scenarios.len() > 1;
    let at = project.scenario_served(placement.serves).filter(|_| choice)?;
    scenario_words(project, at).map(|words| format!("serves {words}"))
}

/// A menu of the plan's scenarios under "Serves: …"; the choice, if one was made. Nothing where there is no choice. `brief`:
/// there is room for a letter alone; the name is said all the same.
pub fn serves_menu_ui(ui: &mut Ui, project: &Project, now: Option<usize>, brief: bool) -> Option<Option<usize>> {
    if project.scenarios.len() < 2 {
        return None;
    }
    let words = |named: Option<usize>| match named.and_then(|at| scenario_words(project, at)) {
        Some(words) => words,
        None => "the selected scenario".to_owned(),
    };
    let mut wanted = None;
    let whole = format!("Serves: {}", words(now));
    let shown = match now {
        _ if !brief => whole.clone(),
        Some(at) => format!("Serves: {}", letter(at)),
        None => "Serves: selected".to_owned(),
    };
    let menu = ui.menu_button(shown, |ui| {
        for named in [None].into_iter().chain((0..project.scenarios.len()).map(Some)) {
            if ui.selectable_label(now == named, words(named)).clicked() {
                wanted = Some(named);
                ui.close();
            }
        }
    });
    menu.response.on_hover_text(&whole).accessible_name(whole);
    wanted
}

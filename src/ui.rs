//! The window: one screen with what the user decides on the left, what follows on the right, and panes to work in.
//!
//! The only room that knows egui. It computes nothing itself: numbers come from `project::outcome` and `sizing`, files from
//! `project` and `export`, text from `infer`. A panel edits plain values of the plan directly; anything with an effect
//! beyond a value is sent as a [`command::Command`] and done after drawing.

mod accuracy;
pub mod app;
mod catalog;
pub mod command;
mod derived;
mod documents;
pub mod files;
mod frame_times;
mod history;
pub mod live;
mod messages;
mod needs;
mod outcome;
mod own;
mod panes;
mod rack;
mod report;
mod scene;
mod sensitivity;
mod shell;
mod sizing;
mod theme;
mod view;
mod widgets;

use std::path::PathBuf;

pub use app::{App, Services};
pub use own::MachineProbe;
pub use theme::install as install_theme;

/// How the window is to open.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Startup {
    /// The plan to open. `None`: the default plan.
    pub plan: Option<PathBuf>,
}

/// Names the app to the desktop: window class, settings folder, desktop file.
pub const APP_ID: &str = "io.github.sizewright.Sizewright";

/// Opens the window and returns when it is closed.
///
/// # Errors
/// There is no display, or the graphics driver refuses.
pub fn run(startup: Startup) -> Result<(), eframe::Error> {
    let viewport = egui::ViewportBuilder::default()
        .with_app_id(APP_ID)
        .with_title("Sizewright")
        .with_inner_size([1280.0, 720.0])
        .with_min_inner_size([640.0, 360.0])
        .with_icon(icon());
    let options = eframe::NativeOptions { viewport, renderer: eframe::Renderer::Glow, ..Default::default() };
    eframe::run_native(
        APP_ID,
        options,
        Box::new(move |creation| {
            theme::install(&creation.egui_ctx);
            let mut app = App::new(Services::of_this_machine());
            app.note_frame_times();
            if let Some(storage) = creation.storage {
                app.restore(storage, &creation.egui_ctx);
            }
            if let Some(plan) = startup.plan {
                app.open(&plan);
            }
            Ok(Box::new(app))
        }),
    )
}

/// The window's icon; the default one where the file compiled in cannot be read.
fn icon() -> egui::IconData {
    eframe::icon_data::from_png_bytes(include_bytes!("../assets/icon/sizewright-128.png")).unwrap_or_default()
}

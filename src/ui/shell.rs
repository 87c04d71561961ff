//! What frames the panes: menu bar, status bar, dialogs.

mod dialogs;
mod menu;
mod status;

pub use dialogs::{Dialog, Reply};
pub use menu::{MenuShown, menu_ui};
pub use status::status_ui;

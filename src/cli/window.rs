//! Plain `sizewright`: the window; and where none can open, a plain word and what can be had without one.

use std::io::Write;
use std::path::Path;

use super::{OpenWindow, generate, plan, report};

/// What works without a window, for the message that says so.
const WITHOUT_WINDOW: &str = "\
These commands work without a window (`sizewright help COMMAND` says more):
  sizewright estimate --model ID --device ID --format FORMAT --context N
  sizewright generate --prompt TEXT
  sizewright rack [PLAN]
  sizewright report [PLAN] [--to FILE]
";

/// Opens the window on `plan`, or on the default plan where `None`. Without a display, or without `open_window`, prints
/// the plan's report and lets the embedded model say a sentence.
///
/// # Errors
/// The window cannot be opened although there is a display; or, without one, the plan cannot be read.
pub fn run(plan: Option<&Path>, open_window: Option<OpenWindow>, out: &mut dyn Write) -> anyhow::Result<()> {
    let Some(open_window) = open_window else {
        return without_window("This build has no window (it was built without the feature `gui`).", plan, out);
    };
    if !has_display() {
        let why = "No window can open: neither DISPLAY nor WAYLAND_DISPLAY names a display.";
        return without_window(why, plan, out);
    }
    open_window(plan).map_err(|error| {
        anyhow::anyhow!(
            "the window could not be opened: {error}\n\
             Check that DISPLAY or WAYLAND_DISPLAY names a display you may use and that OpenGL 2 or later works there;\n\
             LIBGL_ALWAYS_SOFTWARE=1 tries without the graphics driver.\n{WITHOUT_WINDOW}"
        )
    })
}

/// Whether a window has somewhere to appear. Only X11 and Wayland can be absent.
fn has_display() -> bool {
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    cfg!(any(target_os = "macos", windows)) || set("DISPLAY") || set("WAYLAND_DISPLAY") || set("WAYLAND_SOCKET")
}

fn without_window(why: &str, plan: Option<&Path>, out: &mut dyn Write) -> anyhow::Result<()> {
    let report = report::text(&plan::load(plan)?)?;
    writeln!(out, "{why}\n{WITHOUT_WINDOW}\n{report}")?;
    if cfg!(feature = "infer") {
        let question = generate::Arguments::demonstration();
        writeln!(out, "The embedded model, asked \"{}\":\n", question.prompt)?;
        generate::run(&question, out)
    } else {
        Ok(writeln!(out, "This build has no live generation (it was built without the feature `infer`).")?)
    }
}

//! The `sizewright` program: a window, or one of the commands that do the same work without one.

#[cfg(feature = "gui")]
fn main() -> std::process::ExitCode {
    use sizewright::ui::{self, Startup};

    sizewright::cli::main(Some(|plan| {
        ui::run(Startup { plan: plan.map(std::path::Path::to_owned) }).map_err(|error| error.to_string())
    }))
}

#[cfg(not(feature = "gui"))]
fn main() -> std::process::ExitCode {
    sizewright::cli::main(None)
}

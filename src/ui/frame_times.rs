//! How long frames take, written to a file: for whoever asks whether the window stays quick while a model answers.
//!
//! SIZEWRIGHT_FRAME_TIMES names the file. The window is then drawn anew as often as while text streams in, busy or not, so
//! that idle and busy frames compare; a line for each frame says what ran, how long the app's own code took, and how
//! long the whole frame before it took with its drawing.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::time::Duration;

/// Time between two frames, as while text streams in.
const BETWEEN: Duration = Duration::from_millis(33);
/// Names the file.
const VARIABLE: &str = "SIZEWRIGHT_FRAME_TIMES";

/// The file.
pub struct FrameTimes {
    out: BufWriter<File>,
}

impl FrameTimes {
    /// Where the variable names a file that can be written.
    pub fn from_environment() -> Option<Self> {
        let path = std::env::var_os(VARIABLE).filter(|path| !path.is_empty())?;
        match File::create(&path) {
            Ok(file) => {
                let mut out = BufWriter::new(file);
                // As with the lines below: a full disk ends the file, not the window.
                let _ = writeln!(out, "state,code_ms,frame_ms");
                Some(Self { out })
            }
            Err(error) => {
                eprintln!("sizewright: {VARIABLE}: {error}: {}", path.to_string_lossy());
                None
            }
        }
    }

    /// One frame: what ran, how long the app's code took, and how long the whole frame before it took.
    pub fn note(&mut self, ctx: &egui::Context, running: Option<&str>, code: Duration, before: Option<f32>) {
        // "Generating, token 7": the word alone.
        let state = running.unwrap_or("idle").split([' ', ',']).next().unwrap_or_default().to_lowercase();
        let before = before.map(|seconds| format!("{:.3}", seconds * 1000.0)).unwrap_or_default();
        let _ = writeln!(self.out, "{state},{:.3},{before}", code.as_secs_f64() * 1000.0);
        let _ = self.out.flush();
        ctx.request_repaint_after(BETWEEN);
    }
}

//! Reading files on a thread of its own, so that the window stays alive: how far it is, and a way to stop it.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::Duration;

use egui::{Modal, ProgressBar};

use crate::catalog::Catalog;
use crate::import::{Known, Limits, Report, read_while};
use crate::ui::documents::today;

/// A few small files are read within this: no dialog that is gone before it can be read is shown for them.
const SHORT: Duration = Duration::from_millis(30); // two frames: not felt as waiting

/// Where the thread is.
#[derive(Debug, Default)]
struct Progress {
    done: AtomicUsize,
    of: AtomicUsize,
    stop: AtomicBool,
}

/// Files being read; dropping it stops the reading.
#[derive(Debug)]
pub struct Reading {
    told: Receiver<Report>,
    progress: Arc<Progress>,
    fresh: bool,
}

/// What came of the reading in a frame.
#[derive(Debug)]
pub enum Read {
    /// It goes on.
    Reading,
    /// The user stopped it; nothing was taken.
    Stopped,
    /// Everything was read.
    Done(Report),
    /// The thread broke off.
    Failed(String),
}

impl Drop for Reading {
    fn drop(&mut self) {
        self.progress.stop.store(true, Ordering::Relaxed);
    }
}

impl Reading {
    /// Begins to read. `wake` is called when the last file is read.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn start(
        paths: Vec<PathBuf>,
        catalog: Arc<Catalog>,
        wake: impl Fn() + Send + 'static,
    ) -> Result<Self, std::io::Error> {
        let (send, told) = mpsc::channel();
        let progress = Arc::new(Progress::default());
        let seen = Arc::clone(&progress);
        let known = Known { read_on: today(), ..Known::default() };
        std::thread::Builder::new().name("sizewright import".to_owned()).spawn(move || {
            let report = read_while(&paths, &Limits::default(), &catalog, known, |done, of| {
                seen.done.store(done, Ordering::Relaxed);
                seen.of.store(of, Ordering::Relaxed);
                !seen.stop.load(Ordering::Relaxed)
            });
            if let Some(report) = report {
                // Nobody listens any more where the window is gone.
                let _ = send.send(report);
            }
            wake();
        })?;
        Ok(Self { told, progress, fresh: true })
    }

    /// Draws how far it is, and says what came of it.
    pub fn ui(&mut self, ctx: &egui::Context) -> Read {
        let patience = if std::mem::take(&mut self.fresh) { SHORT } else { Duration::ZERO };
        match self.told.recv_timeout(patience) {
            Ok(report) => return Read::Done(report),
            Err(RecvTimeoutError::Disconnected) => return Read::Failed("the reading broke off".to_owned()),
            Err(RecvTimeoutError::Timeout) => {}
        }
        let (done, of) = (self.progress.done.load(Ordering::Relaxed), self.progress.of.load(Ordering::Relaxed));
        let modal = Modal::new(egui::Id::unique("reading files")).show(ctx, |ui| {
            ui.set_width(360.0);
            ui.heading("Reading files");
            if of == 0 {
                ui.label("Looking through folders…");
            } else {
                ui.label(format!("{done} of {of} files read"));
            }
            ui.add(ProgressBar::new(done as f32 / of.max(1) as f32).animate(true));
            ui.add_space(8.0);
            ui.button("Stop reading").on_hover_text("Nothing of these files is taken").clicked()
        });
        if modal.inner || modal.should_close() {
            return Read::Stopped;
        }
        ctx.request_repaint_after(Duration::from_millis(33));
        Read::Reading
    }
}

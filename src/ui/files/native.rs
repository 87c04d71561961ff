//! The system's own dialog: the desktop portal, else zenity (rfd's order on Linux).

use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver, TryRecvError};
use std::time::{Duration, Instant};

use super::{Answer, FilePicker, Purpose, Question};

/// A dialog that is gone sooner than this never opened: nobody cancels so fast, and rfd answers the same in both cases.
const NEVER_OPENED: Duration = Duration::from_millis(200); // measured on Debian 12 without portal and zenity: 20 ms

/// Asks through rfd, each question on a thread of its own.
#[derive(Debug, Default)]
pub struct NativePicker {
    pending: Option<Receiver<Answer>>,
}

impl FilePicker for NativePicker {
    fn ask(&mut self, question: &Question, wake: Box<dyn Fn() + Send>) {
        let (send, receive) = mpsc::channel();
        let question = question.clone();
        let started = std::thread::Builder::new().name("file dialog".to_owned()).spawn(move || {
            let answer = if dialog_possible() { open(&question) } else { Answer::NoDialog };
            // Nobody listens any more where the window is gone.
            let _ = send.send(answer);
            wake();
        });
        if let Err(error) = started {
            eprintln!("sizewright: no thread for a file dialog: {error}");
        }
        self.pending = Some(receive);
    }

    fn answer(&mut self) -> Option<Answer> {
        let answer = match self.pending.as_ref()?.try_recv() {
            Ok(answer) => answer,
            Err(TryRecvError::Empty) => return None,
            // The thread never started or the dialog library panicked: the window's own field still works.
            Err(TryRecvError::Disconnected) => Answer::NoDialog,
        };
        self.pending = None;
        Some(answer)
    }
}

fn open(question: &Question) -> Answer {
    let purpose = question.purpose;
    let mut dialog = rfd::FileDialog::new().set_title(purpose.title()).set_file_name(&question.file_name);
    if !purpose.extensions().is_empty() {
        dialog = dialog.add_filter(purpose.kind(), purpose.extensions());
    }
    if let Some(folder) = &question.folder {
        dialog = dialog.set_directory(folder);
    }
    let asked = Instant::now();
    let chosen = match purpose {
        Purpose::ImportMeasurements => dialog.pick_files().map(Answer::Several),
        _ if purpose.is_folder() => dialog.pick_folder().map(Answer::Chosen),
        _ if purpose.writes_file() => dialog.save_file().map(Answer::Chosen),
        _ => dialog.pick_file().map(Answer::Chosen),
    };
    match chosen {
        Some(answer) => answer,
        None if asked.elapsed() < NEVER_OPENED => Answer::NoDialog,
        None => Answer::Cancelled,
    }
}

/// Whether a dialog can open at all. On Linux that takes the portal's service or the zenity program.
fn dialog_possible() -> bool {
    if cfg!(not(target_os = "linux")) {
        return true;
    }
    let folders = |variable: &str, fallback: &str| -> Vec<PathBuf> {
        let value = std::env::var_os(variable).filter(|value| !value.is_empty()).unwrap_or_else(|| fallback.into());
        std::env::split_paths(&value).collect()
    };
    let there = |folders: Vec<PathBuf>, file: &str| folders.iter().any(|folder| Path::new(folder).join(file).is_file());
    let bus = std::env::var_os("DBUS_SESSION_BUS_ADDRESS").is_some();
    let portal = "dbus-1/services/org.freedesktop.portal.Desktop.service";
    (bus && there(folders("XDG_DATA_DIRS", "/usr/local/share:/usr/share"), portal))
        || there(folders("PATH", ""), "zenity")
}

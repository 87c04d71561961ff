//! The models on this machine, and what their headers say: looked up on threads, taken up frame by frame.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};

use super::engine::ModelChoice;
use crate::infer::{
    FolderKind, FoundModel, InferError, ModelFolder, ModelHeader, Scan, ScanLimits, embedded_model, inspect, scan,
};

/// A header asked for, and what came of it.
pub struct Looked {
    /// For which column.
    pub column: usize,
    /// Which model.
    pub choice: ModelChoice,
    /// Its header.
    pub header: Result<ModelHeader, InferError>,
}

/// The folders, what was found in them, and the threads at work.
pub struct Shelf {
    folders: Vec<ModelFolder>,
    scan: Option<Scan>,
    /// What was found, in the words of the engine: made once, not for each frame.
    choices: Vec<ModelChoice>,
    scanning: Option<Receiver<Scan>>,
    given_up: Arc<AtomicBool>,
    headers: (Sender<Looked>, Receiver<Looked>),
}

impl Shelf {
    /// A shelf over these folders; nothing is looked at yet.
    pub fn new(folders: Vec<ModelFolder>) -> Self {
        Self {
            folders,
            scan: None,
            choices: Vec::new(),
            scanning: None,
            given_up: Arc::default(),
            headers: mpsc::channel(),
        }
    }

    /// The models the last scan found, each as one chooses it.
    pub fn models(&self) -> impl Iterator<Item = (&ModelChoice, &FoundModel)> {
        self.choices.iter().zip(self.scan.iter().flat_map(|scan| &scan.models))
    }

    /// What the last scan found. `None`: none has ended yet.
    pub fn scan(&self) -> Option<&Scan> {
        self.scan.as_ref()
    }

    /// Whether folders are being looked through.
    pub fn is_scanning(&self) -> bool {
        self.scanning.is_some()
    }

    /// Begins to look through the folders, unless that is under way.
    pub fn begin_scan(&mut self, wake: impl Fn() + Send + 'static) {
        if self.scanning.is_some() {
            return;
        }
        let (send, receive) = mpsc::channel();
        let (folders, given_up) = (self.folders.clone(), Arc::clone(&self.given_up));
        let started = std::thread::Builder::new().name("sizewright model scan".to_owned()).spawn(move || {
            let found = scan(&folders, ScanLimits::default(), &|| !given_up.load(Ordering::Relaxed));
            // Nobody listens any more where the window is gone.
            let _ = send.send(found);
            wake();
        });
        // Without a thread the list stays empty; a file can still be opened by its path.
        self.scanning = started.is_ok().then_some(receive);
    }

    /// Begins to read a model's header.
    pub fn look(&self, column: usize, choice: ModelChoice, wake: impl Fn() + Send + 'static) {
        let send = self.headers.0.clone();
        let wanted = choice.clone();
        let started = std::thread::Builder::new().name("sizewright model header".to_owned()).spawn(move || {
            let header = match &wanted {
                ModelChoice::Embedded => embedded_model().and_then(|path| inspect(&path)),
                ModelChoice::File(path) => inspect(path),
            };
            let _ = send.send(Looked { column, choice: wanted, header });
            wake();
        });
        if started.is_err() {
            let _ = self.headers.0.send(Looked { column, choice, header: Err(InferError::WorkerGone) });
        }
    }

    /// Takes up what the threads found; returns the headers that came.
    pub fn take_up(&mut self) -> Vec<Looked> {
        if let Some(scanning) = &self.scanning {
            match scanning.try_recv() {
                Ok(found) => {
                    self.choices = found.models.iter().map(|model| ModelChoice::File(model.path.clone())).collect();
                    (self.scan, self.scanning) = (Some(found), None);
                }
                Err(mpsc::TryRecvError::Empty) => {}
                Err(mpsc::TryRecvError::Disconnected) => self.scanning = None,
            }
        }
        self.headers.1.try_iter().collect()
    }
}

impl Drop for Shelf {
    fn drop(&mut self) {
        self.given_up.store(true, Ordering::Relaxed);
    }
}

/// Where other programs keep their models: their documented default folders, and those their variables name (LM Studio,
/// Ollama, llama.cpp and huggingface_hub documentation, 2026).
pub fn usual_model_folders() -> Vec<ModelFolder> {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let home = std::env::home_dir().unwrap_or_default();
    if !home.is_absolute() {
        return Vec::new();
    }
    let cache = variable("XDG_CACHE_HOME").unwrap_or_else(|| home.join(".cache"));
    let hugging_face = variable("HF_HUB_CACHE")
        .or_else(|| variable("HF_HOME").map(|folder| folder.join("hub")))
        .unwrap_or_else(|| cache.join("huggingface/hub"));
    let llama_cpp = variable("LLAMA_CACHE").unwrap_or_else(|| match cfg!(target_os = "macos") {
        true => home.join("Library/Caches/llama.cpp"),
        false => cache.join("llama.cpp"),
    });
    let ollama = variable("OLLAMA_MODELS").unwrap_or_else(|| home.join(".ollama/models"));
    let folder = |place: &str, path: &Path, kind| ModelFolder { place: place.to_owned(), path: path.to_owned(), kind };
    vec![
        folder("LM Studio", &home.join(".lmstudio/models"), FolderKind::Files),
        folder("LM Studio", &cache.join("lm-studio/models"), FolderKind::Files),
        folder("llama.cpp", &llama_cpp, FolderKind::Files),
        folder("Hugging Face", &hugging_face, FolderKind::Files),
        folder("Ollama", &ollama, FolderKind::Ollama),
        folder("Ollama", Path::new("/usr/share/ollama/.ollama/models"), FolderKind::Ollama),
    ]
}

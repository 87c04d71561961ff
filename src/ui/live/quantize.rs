//! A model being stored in another format: what there is to choose, the thread at work, and what came of it.
//!
//! Pure of drawing. Headers are read, files written and perplexities measured on a thread; it is asked to stop by a flag it
//! looks at with every piece of the file and every window of the text.

mod job;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, TryRecvError};

use super::engine::ModelChoice;
use crate::catalog::WeightFormat;
use crate::infer::{InferError, LoadOptions, ModelHeader, Perplexity, PerplexityRatio, embedded_model};
use crate::units::Bytes;
use job::{Job, Problem, Reporter, choices, measuring_options};

/// Wakes the window from any thread.
type Wake = Arc<dyn Fn() + Send + Sync>;

/// A format one may choose.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// Which.
    pub format: WeightFormat,
    /// Size of the file it makes, to the byte.
    pub bytes: Bytes,
}

/// A file and the formats that make it smaller.
#[derive(Clone, Debug, PartialEq)]
pub struct Choices {
    /// The file.
    pub source: PathBuf,
    /// Its size.
    pub source_bytes: Bytes,
    /// Smallest loss first.
    pub formats: Vec<Choice>,
    /// Types in the file that lost precision already and would lose more.
    pub again: Vec<&'static str>,
    /// Its header, to predict from what measuring it will take. `None`: nothing here runs it.
    pub header: Option<Box<ModelHeader>>,
}

/// What was made.
#[derive(Clone, Debug, PartialEq)]
pub struct Made {
    /// The file.
    pub path: PathBuf,
    /// Its format.
    pub format: WeightFormat,
    /// Its size, and that of the source.
    pub bytes: [Bytes; 2],
    /// Its header, to predict from what opening it will take. `None`: it cannot be read again.
    pub header: Option<Box<ModelHeader>>,
    /// What it lost.
    pub measured: Measured,
}

/// What is known of what a new file lost.
#[derive(Clone, Debug, PartialEq)]
pub enum Measured {
    /// Perplexities before and after, and the one over the other.
    Loss {
        /// Of the source.
        before: Perplexity,
        /// Of the new file.
        after: Perplexity,
        /// After over before.
        ratio: PerplexityRatio,
        /// What the text is called that they are of.
        text: String,
        /// Threads and kernels the new file was measured with, in words.
        run_on: String,
    },
    /// Nobody asked.
    NotAsked,
    /// The file is there, but its measurement came to nothing; the words say why.
    Failed(String),
}

/// A text to measure on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum TextChoice {
    /// The one that ships with the program.
    #[default]
    BuiltIn,
    /// A file of the user's.
    File(PathBuf),
}

/// What the thread does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Work {
    /// Measuring the source.
    Before,
    /// Writing the new file.
    Writing,
    /// Measuring the new file.
    After,
}

/// How far it is.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Progress {
    /// Nothing is asked for.
    #[default]
    Idle,
    /// The header is being read.
    Looking,
    /// A format may be chosen.
    Choosing(Choices),
    /// The fraction done of a step.
    Working(Work, f64),
    /// It is made.
    Made(Made),
    /// It failed; the words say why.
    Failed(String),
    /// The user stopped it.
    Stopped,
}

/// The making of one smaller file.
#[derive(Default)]
pub struct Smaller {
    /// How far it is.
    pub progress: Progress,
    /// Whether the window about it is open.
    pub open: bool,
    /// The format chosen.
    pub format: Option<WeightFormat>,
    /// Whether perplexities are to be measured.
    pub leave_unmeasured: bool,
    /// On which text.
    pub text: TextChoice,
    /// Nobody but the lack of memory said that they are not to be measured.
    unmeasured_for_lack: bool,
    /// The memory to measure these choices was looked at.
    weighed: bool,
    choices: Option<Choices>,
    told: Option<Receiver<Progress>>,
    stop: Arc<AtomicBool>,
    wake: Option<Wake>,
}

impl Smaller {
    /// Opens the window; unless a file is being made, on this model.
    pub fn begin(&mut self, model: ModelChoice, wake: Wake) {
        self.open = true;
        if matches!(self.progress, Progress::Looking | Progress::Working(..)) {
            return;
        }
        (self.progress, self.choices, self.wake) = (Progress::Looking, None, Some(Arc::clone(&wake)));
        self.start(wake, move |_| {
            let path = match model {
                ModelChoice::Embedded => embedded_model()?,
                ModelChoice::File(path) => path,
            };
            Ok(choices(path).map(Progress::Choosing)?)
        });
    }

    /// Leaves a model unmeasured that does not fit the memory, once: who ticks it all the same has it measured.
    pub fn weigh(&mut self, fits: bool) {
        if self.weighed {
            return;
        }
        self.weighed = true;
        if fits && self.unmeasured_for_lack {
            self.set_measured(true);
        } else if !fits && !self.leave_unmeasured {
            (self.leave_unmeasured, self.unmeasured_for_lack) = (true, true);
        }
    }

    /// The user's own word on measuring.
    pub fn set_measured(&mut self, measured: bool) {
        (self.leave_unmeasured, self.unmeasured_for_lack) = (!measured, false);
    }

    /// Folder and name to propose for the new file.
    pub fn proposal(&self) -> Option<(Option<PathBuf>, String)> {
        let (choices, format) = (self.choices.as_ref()?, self.format?);
        let stem = choices.source.file_stem()?.to_string_lossy().into_owned();
        let base = self.base_name(&stem);
        Some((choices.source.parent().map(Path::to_owned), format!("{base}-{}.gguf", format.label())))
    }

    /// A file's name without the format it ends in: "Model-F16" is "Model".
    fn base_name<'a>(&self, stem: &'a str) -> &'a str {
        let ending = stem.rsplit_once(['-', '.']);
        ending.filter(|(_, last)| last.parse::<WeightFormat>().is_ok()).map_or(stem, |(base, _)| base)
    }

    /// Begins to write, on as many threads as the model would be loaded with at most; it is measured with as many as help.
    pub fn write(&mut self, target: &Path, load: &LoadOptions) {
        let (Some(choices), Some(format), Some(wake)) = (self.choices.clone(), self.format, self.wake.clone()) else {
            return;
        };
        let work = Job {
            choices,
            format,
            target: target.to_owned(),
            measure: (!self.leave_unmeasured).then(|| self.text.clone()),
            measuring: measuring_options(load),
        };
        self.open = true;
        self.progress = Progress::Working(if work.measure.is_some() { Work::Before } else { Work::Writing }, 0.0);
        self.start(wake, move |reporter| work.run(reporter));
    }

    /// Asks the thread to stop; it answers soon.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    /// Back to the choice of formats.
    pub fn choose_again(&mut self) {
        if let Some(choices) = &self.choices {
            self.progress = Progress::Choosing(choices.clone());
        }
    }

    /// Whether there are formats to go back to.
    pub fn has_choices(&self) -> bool {
        self.choices.is_some()
    }

    /// What is under way, for the status bar.
    pub fn status(&self) -> Option<String> {
        match &self.progress {
            Progress::Working(work, fraction) => Some(format!("{}, {:.0} %", words(*work), fraction * 100.0)),
            _ => None,
        }
    }

    /// Whether a thread is at work on a file.
    pub fn is_working(&self) -> bool {
        matches!(self.progress, Progress::Looking | Progress::Working(..))
    }

    /// Takes up what the thread told since the last frame.
    pub fn take_up(&mut self) {
        let Some(told) = &self.told else { return };
        loop {
            match told.try_recv() {
                Ok(progress) => {
                    if let Progress::Choosing(choices) = &progress {
                        let usual = choices.formats.iter().find(|choice| choice.format == WeightFormat::Q4KM);
                        self.format = usual.or(choices.formats.first()).map(|choice| choice.format);
                        (self.choices, self.weighed) = (Some(choices.clone()), false);
                    }
                    self.progress = progress;
                }
                Err(TryRecvError::Empty) => return,
                Err(TryRecvError::Disconnected) => {
                    if matches!(self.progress, Progress::Looking | Progress::Working(..)) {
                        self.progress = Progress::Failed(InferError::WorkerGone.to_string());
                    }
                    self.told = None;
                    return;
                }
            }
        }
    }

    fn start(&mut self, wake: Wake, work: impl FnOnce(&Reporter) -> Result<Progress, Problem> + Send + 'static) {
        let (send, told) = mpsc::channel();
        self.stop = Arc::default();
        let reporter = Reporter::new(send, Arc::clone(&self.stop), wake);
        let started = std::thread::Builder::new().name("sizewright smaller file".to_owned()).spawn(move || {
            let end = work(&reporter).unwrap_or_else(|error| match error {
                Problem::Model(InferError::Cancelled) => Progress::Stopped,
                other => Progress::Failed(other.to_string()),
            });
            reporter.tell(end);
        });
        match started {
            Ok(_) => self.told = Some(told),
            Err(error) => self.progress = Progress::Failed(format!("no thread for it: {error}")),
        }
    }
}

impl Drop for Smaller {
    fn drop(&mut self) {
        self.stop();
    }
}

/// What a step is called.
pub const fn words(work: Work) -> &'static str {
    match work {
        Work::Before => "Measuring the model as it is",
        Work::Writing => "Writing the smaller file",
        Work::After => "Measuring the smaller file",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_proposed_ends_in_the_new_format_only() {
        for (source, wanted) in [
            ("/a/Model-F16.gguf", "Model-Q4_K_M.gguf"),
            ("/a/Model.Q8_0.gguf", "Model-Q4_K_M.gguf"),
            ("/a/Model-1.5B.gguf", "Model-1.5B-Q4_K_M.gguf"),
            ("/a/plain.gguf", "plain-Q4_K_M.gguf"),
        ] {
            let choices = Choices {
                source: PathBuf::from(source),
                source_bytes: Bytes::ZERO,
                formats: Vec::new(),
                again: Vec::new(),
                header: None,
            };
            let mut smaller = Smaller::default();
            (smaller.choices, smaller.format) = (Some(choices), Some(WeightFormat::Q4KM));
            assert_eq!(smaller.proposal(), Some((Some(PathBuf::from("/a")), wanted.to_owned())));
        }
    }

    #[test]
    fn what_does_not_fit_is_left_unmeasured_until_something_fits_or_the_user_says_so() {
        let mut smaller = Smaller::default();
        let mut next = |fits: bool, says: Option<bool>| {
            smaller.weighed = false;
            smaller.weigh(fits);
            let proposed = !smaller.leave_unmeasured;
            if let Some(measured) = says {
                smaller.set_measured(measured);
            }
            // Memory that comes and goes changes no tick.
            smaller.weigh(!fits);
            assert_eq!(!smaller.leave_unmeasured, says.unwrap_or(proposed));
            proposed
        };
        assert!(next(true, None));
        assert!(!next(false, None));
        assert!(next(true, Some(false)));
        assert!(!next(true, None), "the user's own word stays");
        assert!(!next(false, Some(true)));
        assert!(next(true, None));
    }

    #[test]
    fn a_thread_that_is_gone_is_a_failure_in_words() {
        let (send, told) = mpsc::channel();
        let mut smaller = Smaller::default();
        (smaller.progress, smaller.told) = (Progress::Looking, Some(told));
        drop(send);
        smaller.take_up();
        assert!(matches!(smaller.progress, Progress::Failed(_)), "{:?}", smaller.progress);
    }
}

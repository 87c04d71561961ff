//! The work of making a smaller file, on a thread: header, measurement before, the file, measurement after.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;

use super::{Choice, Choices, Made, Measured, Progress, TextChoice, Wake, Work};
use crate::catalog::WeightFormat;
use crate::infer::{InferError, LoadOptions, Model, QuantizeSource, TextScore, ThreadTrial, inspect, score_text};
use crate::quantize::{FORMATS, MeasuringText, TextError, WINDOW_TOKENS, plan};

/// Why it came to nothing.
#[derive(Debug, thiserror::Error)]
pub(super) enum Problem {
    /// The user stopped it, or the model, the disk or the memory is at fault.
    #[error(transparent)]
    Model(#[from] InferError),
    /// The text to measure on is.
    #[error(transparent)]
    Text(#[from] TextError),
}

impl TextChoice {
    fn read(&self) -> Result<MeasuringText, TextError> {
        match self {
            Self::BuiltIn => Ok(MeasuringText::built_in()),
            Self::File(path) => MeasuringText::read_regular(path),
        }
    }
}

/// Tells the window how far the thread is.
pub(super) struct Reporter {
    send: Sender<Progress>,
    stop: Arc<AtomicBool>,
    wake: Wake,
}

impl Reporter {
    pub fn new(send: Sender<Progress>, stop: Arc<AtomicBool>, wake: Wake) -> Self {
        Self { send, stop, wake }
    }

    pub fn tell(&self, progress: Progress) {
        // Nobody listens any more where the window is gone.
        let _ = self.send.send(progress);
        (self.wake)();
    }

    /// False once the user has stopped it.
    fn step(&self, work: Work, fraction: f64) -> bool {
        self.tell(Progress::Working(work, fraction));
        !self.stop.load(Ordering::Relaxed)
    }
}

/// The formats that make a file smaller.
pub(super) fn choices(source: PathBuf) -> Result<Choices, InferError> {
    let opened = QuantizeSource::open(&source)?;
    let (mut formats, mut again) = (Vec::new(), Vec::new());
    for &(format, _) in FORMATS {
        let planned = plan(&opened, format)?;
        if planned.file_bytes() < opened.file_bytes() {
            formats.push(Choice { format, bytes: planned.file_bytes() });
            again = planned.quantized_again();
        }
    }
    let header = inspect(&source).ok().filter(|header| header.unsupported.is_none()).map(Box::new);
    Ok(Choices { source_bytes: opened.file_bytes(), source, formats, again, header })
}

/// One file to make.
pub(super) struct Job {
    pub choices: Choices,
    pub format: WeightFormat,
    pub target: PathBuf,
    /// What to measure the loss on. `None`: it is not measured.
    pub measure: Option<TextChoice>,
    /// How both files are loaded to be measured. The new one is written on as many threads.
    pub measuring: LoadOptions,
}

/// How a file is loaded to be measured where answers would be given as `load` says: on its threads where they were set, else
/// on as many as a trial finds help to read.
pub(super) fn measuring_options(load: &LoadOptions) -> LoadOptions {
    LoadOptions {
        context_tokens: WINDOW_TOKENS,
        threads: load.threads,
        trial: load.trial.map(|_| ThreadTrial::Reading),
        ..LoadOptions::default()
    }
}

impl Job {
    /// Makes it.
    pub fn run(self, reporter: &Reporter) -> Result<Progress, Problem> {
        let source = QuantizeSource::open(&self.choices.source)?;
        let planned = plan(&source, self.format)?;
        // Measured first: what cannot be measured is said before anything is written.
        let text = self.measure.as_ref().map(TextChoice::read).transpose()?;
        let before = match &text {
            Some(text) => Some((self.score(&self.choices.source, text, Work::Before, reporter)?.0, text)),
            None => None,
        };
        // The dialog has asked before replacing.
        let replace = true;
        let threads = self.measuring.threads.unwrap_or(1);
        planned.write(&self.target, replace, threads, &mut |done| reporter.step(Work::Writing, done))?;
        // From here on the file is there, whatever becomes of its measurement.
        let measured = match before {
            None => Measured::NotAsked,
            Some((before, text)) => match self.score(&self.target, text, Work::After, reporter) {
                Err(InferError::Cancelled) => Measured::Failed("you stopped it".to_owned()),
                Err(error) => Measured::Failed(error.to_string()),
                Ok((after, run_on)) => match after.over(&before) {
                    Some(ratio) => Measured::Loss {
                        before: before.perplexity(),
                        after: after.perplexity(),
                        ratio,
                        text: text.name.clone(),
                        run_on,
                    },
                    None => Measured::Failed("the two files do not share their tokens".to_owned()),
                },
            },
        };
        let bytes = [planned.file_bytes(), self.choices.source_bytes];
        let header = inspect(&self.target).ok().map(Box::new);
        Ok(Progress::Made(Made { path: self.target, format: self.format, bytes, header, measured }))
    }

    /// What the model makes of the text, and what it ran on.
    fn score(
        &self,
        path: &Path,
        text: &MeasuringText,
        work: Work,
        reporter: &Reporter,
    ) -> Result<(TextScore, String), InferError> {
        /// Share of a measurement that loading takes on the bar.
        const LOADING: f64 = 0.2;
        let mut model = Model::load_with(path, &self.measuring, &mut |done| reporter.step(work, LOADING * done))?;
        let go_on = || !reporter.stop.load(Ordering::Relaxed);
        let run_on = model.summary().run_on();
        let score = score_text(&mut model, &text.text, WINDOW_TOKENS, &go_on, &mut |done, all, _| {
            reporter.step(work, LOADING + (1.0 - LOADING) * done as f64 / all.max(1) as f64);
        })?;
        Ok((score, run_on))
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::settings::Settings;
    use super::*;

    #[test]
    fn a_file_is_measured_on_the_threads_that_were_set_and_else_on_those_a_trial_finds() {
        for (set, threads, trial) in [(0, 7, Some(ThreadTrial::Reading)), (3, 3, None)] {
            let settings = Settings { threads: set, ..Settings::default() };
            let options = measuring_options(&settings.load_options(8));
            assert_eq!((options.threads, options.trial), (Some(threads), trial), "{set} set");
            assert_eq!(options.context_tokens, WINDOW_TOKENS);
        }
    }
}

//! The window without a screen: the whole app with fake services, driven by the names a screen reader says.
//!
//! No test here touches the disk outside of a folder of its own, opens a dialog or loads a model unless it says so.

#![cfg(feature = "window")]

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

use egui::{MouseWheelSource, MouseWheelUnit, Role, Theme, TouchPhase, Vec2, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use sizewright::catalog::Catalog;
use sizewright::infer::{
    Event, GenerationSummary, InferError, LoadOptions, ModelFolder, ModelSummary, Request, StopReason, TextPiece,
    ThreadsBy,
};
use sizewright::ui::files::{Answer, ScriptedPicker};
use sizewright::ui::live::{ModelChoice, Probe, StartEngine, TextEngine};
use sizewright::ui::{App, Services, install_theme};
use sizewright::units::{Bytes, Seconds, TokensPerSecond};

/// The window under test.
pub type Window = Harness<'static, App>;
/// What each frame of a timed window took.
pub type FrameTimes = Rc<RefCell<Vec<Duration>>>;

/// How a test opens the window.
pub struct Setup {
    /// In points.
    pub size: Vec2,
    /// Dark or light.
    pub theme: Theme,
    /// Answers to file dialogs, in order.
    pub answers: Vec<Answer>,
    /// The engine of the live pane.
    pub engine: StartEngine,
    /// Folders it looks for models in.
    pub model_folders: Vec<ModelFolder>,
    /// The machine as it says it is.
    pub probe: Probe,
    /// Whether a real model may say what no font of ours has; elsewhere such a sign is a mistake and fails the test.
    pub any_signs: bool,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            size: vec2(1296.0, 736.0),
            theme: Theme::Dark,
            answers: Vec::new(),
            engine: fake_engine(Rc::default()),
            model_folders: Vec::new(),
            probe: Probe::silent(),
            any_signs: false,
        }
    }
}

/// Opens the window on the default plan.
pub fn open(setup: Setup) -> Window {
    let services = Services {
        catalog: Catalog::builtin().expect("the built-in catalog is sound").clone(),
        picker: Box::new(ScriptedPicker::new(setup.answers)),
        engine: setup.engine,
        processor: None,
        model_folders: setup.model_folders,
        probe: setup.probe,
    };
    let builder = Harness::builder();
    let mut window = if setup.any_signs { builder.allow_missing_glyphs() } else { builder }
        .with_size(setup.size)
        .with_theme(setup.theme)
        .with_max_steps(24)
        .with_context_setup(install_theme)
        .build_ui_state(|ui, app: &mut App| app.frame_ui(ui), App::new(services));
    window.run();
    window
}

/// The name of the one thing on the screen whose name begins so.
pub fn says(window: &Window, beginning: &str) -> String {
    let all = all_saying(window, beginning);
    assert_eq!(all.len(), 1, "things on the screen that begin with {beginning:?}: {all:?}");
    all.into_iter().next().unwrap_or_default()
}

/// The names of all things on the screen that begin so.
pub fn all_saying(window: &Window, beginning: &str) -> Vec<String> {
    window
        .root()
        .children_recursive()
        .filter_map(|node| {
            let node = node.accesskit_node();
            node.label().or_else(|| (node.role() == Role::Label).then(|| node.value()).flatten())
        })
        .filter(|name| name.starts_with(beginning))
        .collect()
}

/// Clicks the one thing of this role and name.
pub fn click(window: &mut Window, role: Role, name: &str) {
    window.get_by_role_and_label(role, name).click();
    window.run();
}

/// Drags from the middle of one thing to the middle of another, in steps as a hand does.
pub fn drag(window: &mut Window, from: &str, to: &str) {
    let start = window.get_by_role_and_label(Role::Button, from).rect().center();
    let end = window.get_by_role_and_label(Role::Button, to).rect().center();
    window.drag_at(start);
    window.run_steps(2);
    for part in [0.3, 0.6, 0.9, 1.0] {
        window.hover_at(start + (end - start) * part);
        window.run_steps(2);
    }
    window.drop_at(end);
    window.run_steps(2);
    window.remove_cursor();
    window.run();
}

/// Picks an entry of a long list by typing a part of its name.
pub fn pick(window: &mut Window, list: &str, part: &str) {
    click(window, Role::ComboBox, list);
    let filter = format!("Filter: {list}");
    window.get_by_role_and_label(Role::TextInput, &filter).type_text(part);
    window.run();
    window.key_press(egui::Key::Enter);
    window.run();
}

/// What fake engines were told, and how they are to behave.
#[derive(Debug, Default)]
pub struct Told {
    /// Last questions of the requests, in order.
    pub prompts: Vec<String>,
    /// The requests themselves.
    pub requests: Vec<Request>,
    /// Models to load, in order, with how.
    pub loads: Vec<(ModelChoice, LoadOptions)>,
    /// Whether an engine was told to stop.
    pub stopped: bool,
    /// Answers end by themselves after so many words. `None`: they go on until they are stopped.
    pub words: Option<usize>,
    /// Loads fail with this.
    pub load_fails: Option<InferError>,
}

/// An engine that loads at once and says "word0 word1 ..." a word a frame.
pub fn fake_engine(told: Rc<RefCell<Told>>) -> StartEngine {
    Box::new(move |wake| {
        Ok(Box::new(Fake {
            told: Rc::clone(&told),
            wake,
            queue: VecDeque::new(),
            words: None,
            pause: false,
            stopped: false,
        }))
    })
}

struct Fake {
    told: Rc<RefCell<Told>>,
    wake: Box<dyn Fn() + Send + Sync>,
    queue: VecDeque<Event>,
    /// Words said of the answer under way.
    words: Option<usize>,
    /// The next question of this frame is answered with "nothing yet".
    pause: bool,
    stopped: bool,
}

impl TextEngine for Fake {
    fn load(&mut self, model: &ModelChoice, options: LoadOptions) -> Result<(), InferError> {
        self.told.borrow_mut().loads.push((model.clone(), options));
        (self.wake)();
        if let Some(error) = self.told.borrow().load_fails.clone() {
            self.queue.push_back(Event::Failed(error));
            return Ok(());
        }
        self.queue.push_back(Event::Loaded(ModelSummary {
            name: "Fake 1M".to_owned(),
            architecture: "llama".to_owned(),
            parameters: 1_000_000,
            tensor_types: "F32".to_owned(),
            file_bytes: Bytes::from_mib(4.0),
            weight_bytes: Bytes::from_mib(4.0),
            kv_cache_bytes: Bytes::from_mib(1.0),
            cache: sizewright::infer::KvFormat::F16,
            context_tokens: options.context_tokens,
            threads: options.threads.unwrap_or(1),
            threads_by: if options.trial.is_some() { ThreadsBy::Trial } else { ThreadsBy::Setting },
            tier: "portable",
            load_time: Seconds::from_millis(1.0),
        }));
        Ok(())
    }

    fn generate(&mut self, request: Request) -> Result<(), InferError> {
        let mut told = self.told.borrow_mut();
        told.prompts.extend(request.messages.last().map(|message| message.text.clone()));
        told.requests.push(request);
        told.stopped = false;
        (self.words, self.stopped, self.pause) = (Some(0), false, true);
        (self.wake)();
        Ok(())
    }

    fn cancel(&mut self) {
        self.told.borrow_mut().stopped = true;
        self.stopped = true;
        (self.wake)();
    }

    fn next_event(&mut self) -> Result<Option<Event>, InferError> {
        if let Some(event) = self.queue.pop_front() {
            return Ok(Some(event));
        }
        let Some(words) = self.words else { return Ok(None) };
        (self.wake)();
        let enough = self.told.borrow().words.is_some_and(|most| words >= most);
        if self.stopped || enough {
            self.words = None;
            return Ok(Some(Event::Finished(GenerationSummary {
                prompt_tokens: 3,
                cached_tokens: 0,
                generated_tokens: words,
                time_to_first_token: Some(Seconds::from_millis(40.0)),
                prefill: None,
                decode: Some(TokensPerSecond::from_tokens_per_second(100.0)),
                stop: if self.stopped { StopReason::Cancelled } else { StopReason::EndOfText },
                threads: 1,
                tier: "portable",
                resident_memory: None,
            })));
        }
        self.pause = !self.pause;
        if self.pause {
            return Ok(None);
        }
        self.words = Some(words + 1);
        let piece = TextPiece { text: format!("word{words} "), token: 1, token_seconds: Seconds::from_millis(10.0) };
        Ok(Some(Event::Text(piece)))
    }
}

/// A window whose frames are timed, and the times: the app's own code for each frame, without painting.
pub fn timed(catalog: Catalog) -> (Window, FrameTimes) {
    let services = Services {
        catalog,
        picker: Box::new(ScriptedPicker::new(Vec::new())),
        engine: fake_engine(Rc::default()),
        processor: None,
        model_folders: Vec::new(),
        probe: Probe::silent(),
    };
    let times = FrameTimes::default();
    let kept = Rc::clone(&times);
    let mut window = Harness::builder()
        .with_size(vec2(1280.0, 720.0))
        .with_max_steps(400)
        .with_context_setup(install_theme)
        .build_ui_state(
            move |ui, app: &mut App| {
                let start = processor_time();
                app.frame_ui(ui);
                kept.borrow_mut().push(processor_time().saturating_sub(start));
            },
            App::new(services),
        );
    window.run();
    (window, times)
}

/// Processor time this thread has taken so far, which what else the machine does hardly lengthens.
#[cfg(unix)]
fn processor_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    let part = |part: i64| u64::try_from(part).unwrap_or_default();
    Duration::from_secs(part(time.tv_sec)) + Duration::from_nanos(part(time.tv_nsec))
}

/// The time of day stands in where the system is not asked for more.
#[cfg(not(unix))]
fn processor_time() -> Duration {
    static START: std::sync::LazyLock<std::time::Instant> = std::sync::LazyLock::new(std::time::Instant::now);
    START.elapsed()
}

/// Turns the wheel in so many frames and returns what each whole step took of the processor.
pub fn scroll(window: &mut Window, frames: usize, delta: Vec2) -> Vec<Duration> {
    let turn = |_| {
        window.event(egui::Event::MouseWheel {
            unit: MouseWheelUnit::Point,
            delta,
            phase: TouchPhase::Move,
            source: MouseWheelSource::Wheel,
            modifiers: egui::Modifiers::NONE,
        });
        let start = processor_time();
        window.step();
        processor_time().saturating_sub(start)
    };
    (0..frames).map(turn).collect()
}

/// Times in words: median, what 95 of 100 stay below, the slowest, in milliseconds.
pub fn times_in_words(mut all: Vec<Duration>) -> String {
    all.sort_unstable();
    let at = |share: f64| {
        let place = (all.len().saturating_sub(1) as f64 * share) as usize;
        all.get(place).map_or(f64::NAN, |time| time.as_secs_f64() * 1e3)
    };
    format!("median {:.2} ms, 95 % below {:.2} ms, slowest {:.2} ms", at(0.5), at(0.95), at(1.0))
}

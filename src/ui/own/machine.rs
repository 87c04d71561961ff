//! A device of the user's own for this machine: what the system tells, what a measurement of two seconds adds, and a
//! form to correct both by hand before it is put among the plan's own.

use std::path::Path;
use std::sync::mpsc::{self, Receiver};

use egui::{DragValue, RichText, TextEdit, Ui};

use crate::catalog::{DeviceId, Standing};
use crate::import::machine::{BANDWIDTH, CORES, Known, LONGEST_NAME, MEMORY, NAME, TYPED, ThisMachine, plausible};
use crate::infer::{measure_bandwidth, physical_cores, processor_name};
use crate::project::Project;
use crate::ui::documents::today;
use crate::ui::theme::tokens;
use crate::units::{Bytes, BytesPerSecond};

/// What a measurement gave: the rate and how it was made, or why there is none.
pub type Measured = Result<(BytesPerSecond, String), String>;

/// Where this machine is read and measured; given, so that tests can give another.
#[derive(Clone, Copy)]
pub struct MachineProbe {
    /// What the system tells.
    pub detect: fn() -> ThisMachine,
    /// Measures how fast memory is read; takes about two seconds.
    pub bandwidth: fn() -> Measured,
}

impl MachineProbe {
    /// This machine.
    pub fn of_this_machine() -> Self {
        Self {
            detect: || ThisMachine::detect(Path::new("/"), processor_name(), physical_cores()),
            bandwidth: || {
                let cache = ThisMachine::detect(Path::new("/"), None, 1).last_level_cache;
                let found = measure_bandwidth(None, cache).map_err(|error| error.to_string())?;
                Ok((found.rate, found.words()))
            },
        }
    }

    /// A machine of two cores that tells nothing else.
    pub fn silent() -> Self {
        Self {
            detect: || ThisMachine { cores: 2, ..ThisMachine::default() },
            bandwidth: || Err("this machine tells nothing".to_owned()),
        }
    }
}

/// The form, and the measurement under way.
pub struct MachineForm {
    machine: ThisMachine,
    measuring: Option<Receiver<Measured>>,
    problem: Option<String>,
    /// Something else was at work while the memory was measured: what comes out is no figure of it.
    disturbed: bool,
    probe: MachineProbe,
}

/// What the form asks of whoever shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FormReply {
    /// The device is among the plan's own.
    Made(DeviceId),
    /// It is not wanted any more.
    Left,
}

impl MachineForm {
    /// With what the system tells.
    pub fn new(probe: MachineProbe) -> Self {
        Self { machine: (probe.detect)(), measuring: None, problem: None, disturbed: false, probe }
    }

    /// Begins to measure the memory, unless that is under way. `wake` is called when it is done.
    pub fn begin(&mut self, wake: impl Fn() + Send + 'static) {
        if self.measuring.is_some() {
            return;
        }
        (self.problem, self.disturbed) = (None, false);
        let (send, receive) = mpsc::channel();
        let measure = self.probe.bandwidth;
        let started = std::thread::Builder::new().name("sizewright memory test".to_owned()).spawn(move || {
            // Nobody listens any more where the form was left.
            let _ = send.send(measure());
            wake();
        });
        match started {
            Ok(_) => self.measuring = Some(receive),
            Err(error) => self.problem = Some(format!("The system gives no thread to measure with: {error}")),
        }
    }

    /// Whether the memory is being measured.
    pub fn is_measuring(&self) -> bool {
        self.measuring.is_some()
    }

    /// Something else takes the memory's speed just now.
    pub fn disturb(&mut self) {
        self.disturbed |= self.is_measuring();
    }

    fn take_up(&mut self) {
        let Some(receive) = &self.measuring else { return };
        let told = match receive.try_recv() {
            Ok(told) => told,
            Err(mpsc::TryRecvError::Empty) => return,
            Err(mpsc::TryRecvError::Disconnected) => Err("the measurement broke off".to_owned()),
        };
        self.measuring = None;
        let told = match self.disturbed {
            true => Err("a model was at work while the memory was measured: measure it again".to_owned()),
            false => told,
        };
        self.problem = told.and_then(|(rate, how)| self.machine.measured(rate, how)).err();
    }

    /// Draws the form. `busy` says why measuring has to wait.
    pub fn ui(&mut self, ui: &mut Ui, project: &mut Project, busy: Option<&str>) -> Option<FormReply> {
        self.take_up();
        let ctx = ui.ctx().clone();
        ui.horizontal_wrapped(|ui| {
            let idle = self.measuring.is_none();
            let measure = egui::Button::new("Measure the memory now");
            let measure = ui.add_enabled(idle && busy.is_none(), measure);
            let hover = "Reads through more memory than the caches hold with all cores, for about two seconds: better \
                         while nothing else is at work";
            if measure.on_hover_text(hover).on_disabled_hover_text(busy.unwrap_or("It is being measured")).clicked() {
                self.begin(move || ctx.request_repaint());
            }
            if !idle {
                ui.spinner();
                ui.label("Measuring for about two seconds…");
            }
        });
        if let Some(problem) = &self.problem {
            ui.colored_label(tokens(ui).bad, format!("❌ {problem}"));
        }
        self.fields_ui(ui);
        let mut reply = None;
        ui.horizontal(|ui| {
            let hover = "It goes into the plan's own catalog, and can be edited there";
            if ui.button("Make this device").on_hover_text(hover).clicked() {
                reply = self.make(project).map(FormReply::Made);
            }
            if ui.button("Leave it").on_hover_text("Nothing is put into the plan").clicked() {
                reply = Some(FormReply::Left);
            }
        });
        // Below the buttons: it is some lines, and they are not to be looked for.
        self.before_ui(ui, project);
        self.told_ui(ui);
        reply
    }

    fn fields_ui(&mut self, ui: &mut Ui) {
        let machine = &mut self.machine;
        let label = ui.label("Processor");
        let mut name = machine.processor.clone().unwrap_or_default();
        // In a row of its own: beside its label there is no room for a name.
        let field = TextEdit::singleline(&mut name).char_limit(LONGEST_NAME).desired_width(f32::INFINITY);
        if ui.add(field).labelled_by(label.id).changed() {
            machine.processor = Some(name).filter(|name| !name.trim().is_empty());
            machine.typed.insert(NAME);
        }
        egui::Grid::new("own machine").num_columns(2).spacing([12.0, 4.0]).show(ui, |ui| {
            let label = ui.label("Cores of this machine");
            if ui.add(DragValue::new(&mut machine.cores).range(1..=1024)).labelled_by(label.id).changed() {
                machine.typed.insert(CORES);
            }
            ui.end_row();
            let label = ui.label("Memory of this machine (GiB, 0: unknown)");
            let mut gib = machine.memory.map_or(0.0, |memory| (memory.as_gib() * 10.0).round() / 10.0);
            if ui.add(DragValue::new(&mut gib).range(0.0..=100_000.0)).labelled_by(label.id).changed() {
                machine.memory = (gib > 0.0).then(|| Bytes::from_gib(gib));
                machine.typed.insert(MEMORY);
            }
            ui.end_row();
            let label = ui.label("Memory bandwidth (GB/s, 0: unknown)");
            let mut rate = machine.bandwidth.as_ref().map_or(0.0, |(rate, ..)| (rate.as_giga() * 10.0).round() / 10.0);
            let field = ui.add(DragValue::new(&mut rate).range(0.0..=10_000.0)).labelled_by(label.id).on_hover_text(
                "Channels x 8 bytes x transfers: two channels of DDR5-5600 make 89.6 GB/s. Speeds need it; it stands in \
                 the processor's data sheet, or is measured here",
            );
            if field.changed() {
                let typed = plausible(BytesPerSecond::from_giga(rate)).ok();
                machine.bandwidth = typed.map(|rate| (rate, Standing::Assumed, TYPED.to_owned()));
                if typed.is_some() {
                    machine.typed.remove(BANDWIDTH);
                } else {
                    machine.typed.insert(BANDWIDTH);
                }
            }
            ui.end_row();
        });
    }

    /// What was read, guessed, measured, and what is missing.
    fn told_ui(&self, ui: &mut Ui) {
        for told in self.machine.told() {
            let text = format!("{}, {}: {}", told.name, told.known.label(), told.text);
            let colour = match told.known {
                Known::Read | Known::Measured | Known::Typed => tokens(ui).text_weak,
                Known::Guessed | Known::Missing => tokens(ui).warn,
            };
            ui.add(egui::Label::new(RichText::new(text).small().color(colour)).wrap());
        }
    }

    /// What the plan holds of this machine already and the form leaves as it is.
    fn before_ui(&self, ui: &mut Ui, project: &Project) {
        let id = self.machine.id();
        let before = project.layer.devices.iter().find(|device| device.id == id);
        let rate = before.and_then(|device| device.memory_bandwidth);
        if let (Some(rate), None) = (rate, &self.machine.bandwidth)
            && !self.machine.typed.contains(BANDWIDTH)
        {
            let text =
                format!("The plan has it with {:.1} GB/s, which stay unless measured or typed anew", rate.as_giga());
            ui.add(egui::Label::new(RichText::new(text).small()).wrap());
        }
    }

    /// `None`: this machine's clock is out of range, so that the entry could not be dated.
    fn make(&self, project: &mut Project) -> Option<DeviceId> {
        let id = self.machine.id();
        let before = project.layer.devices.iter().find(|device| device.id == id).cloned();
        project.layer.put(self.machine.device(before.as_ref(), today()?));
        Some(id)
    }
}

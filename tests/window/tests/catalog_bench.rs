//! What scrolling a catalog of 5,000 entries costs: a measurement, not a test, since a busy machine is no failure.
//!
//! `cargo test -p sizewright-window-tests --release --test catalog_bench -- --ignored --nocapture` prints for each frame the
//! time of the app's own code (both columns, the pane and its table, with the names a screen reader says) and that of the
//! whole step (egui's input, layout and accessibility tree as well), both without painting.

#![cfg(feature = "window")]

use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use egui::{MouseWheelSource, MouseWheelUnit, Role, TouchPhase, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use sizewright::catalog::Catalog;
use sizewright::ui::files::ScriptedPicker;
use sizewright::ui::live::Probe;
use sizewright::ui::{App, Services, install_theme};
use sizewright_window_tests::fake_engine;

const ENTRIES: usize = 5_000;
const FRAMES: usize = 400;

/// The built-in catalog with copies of its models and devices until there are enough.
fn large_catalog() -> Catalog {
    let mut catalog = Catalog::builtin().expect("the built-in catalog").clone();
    let (models, devices) = (catalog.models.clone(), catalog.devices.clone());
    for (number, model) in models.iter().cycle().enumerate().take(ENTRIES) {
        if catalog.models.len() == ENTRIES {
            break;
        }
        let mut copy = model.clone();
        (copy.id, copy.name) = (format!("{}-{number}", model.id).as_str().into(), format!("{} {number}", model.name));
        catalog.models.put(copy);
    }
    for (number, device) in devices.iter().cycle().enumerate().take(ENTRIES) {
        if catalog.devices.len() == ENTRIES {
            break;
        }
        let mut copy = device.clone();
        (copy.id, copy.name) = (format!("{}-{number}", device.id).as_str().into(), format!("{} {number}", device.name));
        catalog.devices.put(copy);
    }
    assert_eq!((catalog.models.len(), catalog.devices.len()), (ENTRIES, ENTRIES));
    catalog
}

#[test]
#[ignore = "a measurement: run it alone, in release"]
fn scrolling_five_thousand_rows() {
    let services = Services {
        catalog: large_catalog(),
        picker: Box::new(ScriptedPicker::new(Vec::new())),
        engine: fake_engine(Rc::default()),
        processor: None,
        model_folders: Vec::new(),
        probe: Probe::silent(),
    };
    let times: Rc<RefCell<Vec<Duration>>> = Rc::default();
    let kept = Rc::clone(&times);
    let mut window = Harness::builder()
        .with_size(vec2(1280.0, 720.0))
        .with_max_steps(400)
        .with_context_setup(install_theme)
        .build_ui_state(
            move |ui, app: &mut App| {
                let start = Instant::now();
                app.frame_ui(ui);
                kept.borrow_mut().push(start.elapsed());
            },
            App::new(services),
        );
    window.run();
    window.get_by_role_and_label(Role::Button, "Catalog").click();
    window.run();
    for (kind, sort) in [
        ("Devices", None),
        // At once: the numbers of computed columns are being made.
        ("Models", None),
        ("Models", None),
        ("Devices", Some("Sort by Memory (GiB)")),
        ("Models", Some("Sort by Name")),
    ] {
        window.get_by_role_and_label(Role::Button, kind).click();
        window.run();
        if let Some(sort) = sort {
            window.get_by_role_and_label(Role::Button, sort).click();
            window.run();
        }
        window.hover_at(egui::pos2(640.0, 500.0));
        window.step();
        times.borrow_mut().clear();
        let mut whole: Vec<Duration> = Vec::new();
        for _ in 0..FRAMES {
            window.event(egui::Event::MouseWheel {
                unit: MouseWheelUnit::Point,
                delta: vec2(0.0, -97.0),
                phase: TouchPhase::Move,
                source: MouseWheelSource::Wheel,
                modifiers: egui::Modifiers::NONE,
            });
            let start = Instant::now();
            window.step();
            whole.push(start.elapsed());
        }
        let mut all = times.borrow().clone();
        all.sort_unstable();
        whole.sort_unstable();
        let of =
            |times: &[Duration], share: f64| times[((times.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e3;
        let at = |share: f64| of(&all, share);
        println!(
            "{kind} ({}): {} frames, own code median {:.2} ms, 95 % below {:.2} ms, slowest {:.2} ms; whole step median {:.2} \
             ms, 95 % below {:.2} ms",
            sort.unwrap_or("as they come"),
            all.len(),
            at(0.5),
            at(0.95),
            at(1.0),
            of(&whole, 0.5),
            of(&whole, 0.95)
        );
    }
}

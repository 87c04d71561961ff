//! What a frame costs with one rack, fifty and a thousand: a measurement, not a test, since a busy machine is no failure.
//!
//! `cargo test --release -p sizewright-window-tests --test rack_bench -- --ignored --nocapture` prints processor time of the
//! app's own code for each frame while the row of racks is scrolled, without painting.

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

const FRAMES: usize = 200;

#[test]
#[ignore = "a measurement: run it alone, in release"]
fn scrolling_a_thousand_racks() {
    for racks in [1, 50, 1_000] {
        let services = Services {
            catalog: Catalog::builtin().expect("the built-in catalog").clone(),
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
        if racks > 1 {
            window.get_by_role_and_label(Role::Button, "Rack settings").click();
            window.run();
            let copies = window.get_by_role_and_label(Role::SpinButton, "Copies of this rack");
            copies.set_value_accesskit(f64::from(racks - 1));
            window.run();
            window.get_by_role_and_label(Role::Button, "Add the copies").click();
            window.run();
        }
        window.hover_at(egui::pos2(500.0, 400.0));
        window.step();
        times.borrow_mut().clear();
        for _ in 0..FRAMES {
            window.event(egui::Event::MouseWheel {
                unit: MouseWheelUnit::Point,
                delta: vec2(-97.0, 0.0),
                phase: TouchPhase::Move,
                source: MouseWheelSource::Wheel,
                modifiers: egui::Modifiers::NONE,
            });
            window.step();
        }
        let mut all = times.borrow().clone();
        all.sort_unstable();
        let at = |share: f64| all[((all.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e3;
        println!(
            "{racks} racks: {} frames, median {:.2} ms, 95 % below {:.2} ms, slowest {:.2} ms",
            all.len(),
            at(0.5),
            at(0.95),
            at(1.0)
        );
    }
}

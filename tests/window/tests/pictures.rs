//! What cannot be said in words: the drawn rack in both themes. Skipped, with a word, where no graphics adapter is;
//! `SIZEWRIGHT_REQUIRE_GRAPHICS=1` makes that a failure. `UPDATE_SNAPSHOTS=1` writes the pictures anew.

#![cfg(feature = "window")]

use egui::{Theme, vec2};
use sizewright_window_tests::{Setup, open};

/// Whether pictures can be made here.
fn graphics() -> bool {
    let found = std::panic::catch_unwind(egui_kittest::wgpu::WgpuTestRenderer::new).is_ok();
    let required = std::env::var_os("SIZEWRIGHT_REQUIRE_GRAPHICS").is_some_and(|value| value == "1");
    assert!(found || !required, "no graphics adapter, and SIZEWRIGHT_REQUIRE_GRAPHICS=1");
    if !found {
        eprintln!("skipped: no graphics adapter, so no pictures can be compared (mesa-vulkan-drivers is enough)");
    }
    found
}

#[test]
fn both_themes_look_as_they_did() {
    if !graphics() {
        return;
    }
    // One account for both pictures: the first that differs must not hide the second.
    let mut pictures = egui_kittest::SnapshotResults::new();
    for (theme, name) in [(Theme::Dark, "rack_dark"), (Theme::Light, "rack_light")] {
        let mut window = open(Setup { size: vec2(1040.0, 640.0), theme, ..Setup::default() });
        window.snapshot(name);
        pictures.extend_harness(&mut window);
    }
}

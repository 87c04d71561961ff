//! The drawn rack: both faces, several racks, bays, choosing many, refusals with what would work, and what its devices are
//! measured by.

#![cfg(feature = "window")]

use egui::{Key, Modifiers, Role};
use egui_kittest::kittest::Queryable;
use sizewright::rack::{Face, RackLayout};
use sizewright_window_tests::{Setup, Window, all_saying, click, drag, open, says};

const AMPERE: &str = "Ampere 2U (AmpereOne A192, 625 W budget)";
const PANEL: &str = "1U blanking panel";
const SWITCH: &str = "1U management switch";

fn layouts(window: &Window) -> &[RackLayout] {
    &window.state().project().racks.layouts
}

/// A window whose rack is empty.
fn empty() -> Window {
    let mut window = open(Setup::default());
    click(&mut window, Role::Button, "No filling");
    window
}

/// Chooses a server in the palette by typing its name.
fn take(window: &mut Window, server: &str) {
    let filter = || (Role::TextInput, "Filter servers");
    window.get_by_role_and_label(filter().0, filter().1).focus();
    window.run();
    window.key_press_modifiers(Modifiers::COMMAND, Key::A);
    window.run();
    window.get_by_role_and_label(filter().0, filter().1).type_text(server);
    window.run();
}

/// Mounts a server by keyboard alone.
fn put(window: &mut Window, server: &str, slot: &str) {
    take(window, server);
    for name in [server, slot] {
        window.get_by_role_and_label(Role::Button, name).focus();
        window.run();
        window.key_press(Key::Enter);
        window.run();
    }
    // Out of the hand again.
    click(window, Role::Button, server);
}

fn press(window: &mut Window, modifiers: Modifiers, key: Key) {
    window.key_press_modifiers(modifiers, key);
    window.run();
}

fn focus(window: &mut Window, name: &str) {
    window.get_by_role_and_label(Role::Button, name).focus();
    window.run();
}

/// Clicks with keys held.
fn click_with(window: &mut Window, name: &str, modifiers: Modifiers) {
    window.get_by_role_and_label(Role::Button, name).click_modifiers(modifiers);
    window.run();
}

fn set_number(window: &mut Window, name: &str, value: f64) {
    window.get_by_role_and_label(Role::SpinButton, name).set_value_accesskit(value);
    window.run();
}

#[test]
fn two_half_depth_devices_share_a_unit_back_to_back() {
    let mut window = empty();
    put(&mut window, SWITCH, "U10: empty");
    put(&mut window, AMPERE, "U20: empty");
    click(&mut window, Role::Button, "Rear");
    assert_eq!(says(&window, "U10 rear: "), "U10 rear: empty", "the switch is half as deep as the rack");
    assert_eq!(says(&window, "U20 rear: "), format!("U20 rear: {AMPERE}, its back"));
    assert_eq!(all_saying(&window, "U21 rear: "), Vec::<String>::new(), "both units are blocked");
    put(&mut window, SWITCH, "U10 rear: empty");
    let placements = &layouts(&window)[0].placements;
    let faces: Vec<(u32, Face)> = placements.iter().map(|placed| (placed.bottom.unit(), placed.face)).collect();
    assert_eq!(faces, [(10, Face::Front), (20, Face::Front), (10, Face::Rear)]);
    assert_eq!(all_saying(&window, "Units: ")[0], "Units: 3 of 42");
}

#[test]
fn units_are_numbered_from_the_top_where_the_rack_is() {
    let mut window = empty();
    put(&mut window, AMPERE, "U41: empty");
    click(&mut window, Role::Button, "Rack settings");
    click(&mut window, Role::CheckBox, "Number the units from the top");
    assert_eq!(says(&window, "U1: "), format!("U1: {AMPERE}"));
    assert_eq!(says(&window, "U42: "), "U42: empty");
    assert_eq!(layouts(&window)[0].placements[0].bottom.unit(), 41, "nothing has moved");
}

#[test]
fn a_server_is_carried_to_the_rack_beside_by_drag_and_by_key() {
    let mut window = empty();
    put(&mut window, SWITCH, "U10: empty");
    click(&mut window, Role::Button, "Add a rack");
    let server = format!("Rack 1, U10: {SWITCH}");
    drag(&mut window, &server, "U20: empty");
    let counts = |window: &Window| layouts(window).iter().map(|rack| rack.placements.len()).collect::<Vec<_>>();
    assert_eq!(counts(&window), [0, 1]);
    let server = says(&window, "U20: ");
    focus(&mut window, &server);
    press(&mut window, Modifiers::COMMAND, Key::ArrowLeft);
    assert_eq!(counts(&window), [1, 0]);
    assert_eq!(says(&window, "U20: "), server, "the rack it went to is the one being edited");
    press(&mut window, Modifiers::COMMAND, Key::Z);
    assert_eq!(counts(&window), [0, 1], "one step back");
}

#[test]
fn several_are_chosen_moved_copied_and_taken_out_together() {
    let mut window = empty();
    for slot in ["U1: empty", "U10: empty", "U20: empty"] {
        put(&mut window, AMPERE, slot);
    }
    let units = |window: &Window| {
        let mut units: Vec<u32> = layouts(window)[0].placements.iter().map(|placed| placed.bottom.unit()).collect();
        units.sort_unstable();
        units
    };
    click(&mut window, Role::Button, &format!("U1: {AMPERE}"));
    click_with(&mut window, &format!("U10: {AMPERE}"), Modifiers::SHIFT);
    says(&window, "2 chosen");
    press(&mut window, Modifiers::SHIFT, Key::ArrowUp);
    assert_eq!(units(&window), [6, 15, 20]);
    click_with(&mut window, &format!("U20: {AMPERE}"), Modifiers::COMMAND);
    says(&window, "3 chosen");
    set_number(&mut window, "Copies of each", 2.0);
    click(&mut window, Role::Button, "Duplicate");
    assert_eq!(units(&window).len(), 9);
    click(&mut window, Role::Button, "Take out");
    assert_eq!(units(&window).len(), 6, "the copies stay");
    let first = all_saying(&window, "U1: ").remove(0);
    focus(&mut window, &first);
    press(&mut window, Modifiers::COMMAND, Key::A);
    press(&mut window, Modifiers::NONE, Key::Delete);
    assert_eq!(units(&window), Vec::<u32>::new());
}

#[test]
fn all_that_can_be_done_with_a_chosen_device_is_in_sight_in_the_smallest_usual_window() {
    let mut window = empty();
    put(&mut window, AMPERE, "U1: empty");
    click(&mut window, Role::Button, &format!("U1: {AMPERE}"));
    window.run();
    for (role, name) in [
        (Role::Button, "Take out"),
        (Role::Button, "Serves: the selected scenario"),
        (Role::Button, "Duplicate"),
        (Role::SpinButton, "Copies of each"),
        (Role::Button, "Choose none"),
    ] {
        let area = window.get_by_role_and_label(role, name).rect();
        // Above the status bar.
        assert!(area.bottom() < 720.0 - 24.0, "{name}: {area:?}");
    }
}

#[test]
fn a_refusal_offers_the_nearest_place_or_the_budget_that_would_do() {
    let mut window = empty();
    put(&mut window, AMPERE, "U10: empty");
    take(&mut window, AMPERE);
    drag(&mut window, AMPERE, "U9: empty");
    assert!(says(&window, "Refused: ").contains("is in the way at U10"));
    click(&mut window, Role::Button, "Mount at U8 instead");
    assert_eq!(says(&window, "U8: "), format!("U8: {AMPERE}"));
    assert_eq!(all_saying(&window, "Refused: "), Vec::<String>::new());
    take(&mut window, "NVIDIA DGX B200");
    drag(&mut window, "NVIDIA DGX B200", "U20: empty");
    // 14.3 kW beside twice 625 W.
    click(&mut window, Role::Button, "Raise the rack power to 15.6 kW");
    assert_eq!(says(&window, "U20: "), "U20: NVIDIA DGX B200");
    assert_eq!(window.state().project().racks.power_budget.as_kilowatts(), 15.6);
}

#[test]
fn small_machines_stand_in_the_bays_of_a_shelf_and_count() {
    let mut window = empty();
    take(&mut window, "Mac mini M4 Pro");
    drag(&mut window, "Mac mini M4 Pro", "U10: empty");
    assert!(says(&window, "Refused: ").contains("mount a shelf with bays"));
    click(&mut window, Role::Button, "Mount a 2U shelf with 3 bays for it");
    assert_eq!(says(&window, "U10 bay 1: "), "U10 bay 1: Mac mini M4 Pro");
    drag(&mut window, "Mac mini M4 Pro", "U10 bay 3: empty");
    assert_eq!(all_saying(&window, "Rack draw: ")[0], "Rack draw: 280 W of 12.5 kW");
    assert_eq!(all_saying(&window, "Weight: ")[0], "Weight: 4.40 kg of 1,700 kg");
    assert_eq!(says(&window, "Servers: "), "Servers: 2");
    let machine = says(&window, "U10 bay 3: ");
    focus(&mut window, &machine);
    press(&mut window, Modifiers::NONE, Key::ArrowDown);
    assert_eq!(says(&window, "U10 bay 2: "), "U10 bay 2: Mac mini M4 Pro", "to the next free bay");
    click(&mut window, Role::Button, "U10: 2U shelf with 3 bays");
    press(&mut window, Modifiers::NONE, Key::ArrowUp);
    assert_eq!(says(&window, "U11 bay 2: "), "U11 bay 2: Mac mini M4 Pro", "it goes with its shelf");
}

#[test]
fn a_vertical_pdu_hangs_beside_the_slots() {
    let mut window = empty();
    put(&mut window, "Vertical PDU, 230 V single-phase 32 A", "U10: empty");
    assert_eq!(says(&window, "Beside 1: "), "Beside 1: Vertical PDU, 230 V single-phase 32 A");
    assert_eq!(says(&window, "U10: "), "U10: empty");
    assert_eq!(all_saying(&window, "Units: ")[0], "Units: 0 of 42");
}

#[test]
fn free_units_are_closed_with_panels_that_make_way() {
    let mut window = open(Setup::default());
    click(&mut window, Role::Button, "Close 2 free units");
    assert_eq!(says(&window, "U42: "), format!("U42: {PANEL}"));
    assert_eq!(says(&window, "Servers: "), "Servers: 20");
    click(&mut window, Role::Button, "No filling");
    click(&mut window, Role::Button, "Close 40 free units");
    take(&mut window, AMPERE);
    let panel = format!("U10: {PANEL}");
    drag(&mut window, AMPERE, &panel);
    assert_eq!(says(&window, "U10: "), format!("U10: {AMPERE}"));
    assert_eq!(all_saying(&window, "Units: ")[0], "Units: 42 of 42");
}

#[test]
fn of_a_thousand_racks_only_those_in_sight_are_drawn() {
    let mut window = open(Setup::default());
    click(&mut window, Role::Button, "Rack settings");
    set_number(&mut window, "Copies of this rack", 999.0);
    click(&mut window, Role::Button, "Add the copies");
    assert_eq!(layouts(&window).len(), 1_000);
    click(&mut window, Role::Button, "Equal racks once");
    let drawn = all_saying(&window, "Edit Rack ");
    assert!((2..8).contains(&drawn.len()), "{drawn:?}");
    sizewright_window_tests::pick(&mut window, "Rack", "Rack 777");
    let drawn = all_saying(&window, "Edit Rack 777: ");
    assert_eq!(drawn.len(), 1, "the one picked comes into sight");
}

fn shown_by(measure: &str) -> Window {
    let mut window = open(Setup::default());
    click(&mut window, Role::ComboBox, "Show");
    click(&mut window, Role::Button, measure);
    window
}

#[test]
fn each_device_says_the_value_it_is_measured_by() {
    for (measure, value) in [("power", "625 W"), ("heat per U", "312 W/U"), ("weight", "20.0 kg"), ("sessions", "12")] {
        let window = shown_by(measure);
        let devices = all_saying(&window, "U1: ");
        assert!(devices.len() == 1 && devices[0].ends_with(&format!(", {value}")), "{measure}: {devices:?}");
    }
}

#[test]
fn a_weight_nobody_published_is_unknown_and_not_zero() {
    let mut window = empty();
    let unknown = {
        let catalog = sizewright::catalog::Catalog::builtin().expect("the built-in catalog is sound");
        let heavy = |server: &&sizewright::catalog::Server| server.weight.is_none() && server.power.planned().is_some();
        catalog.servers.iter().find(heavy).expect("some server has no published weight").name.clone()
    };
    take(&mut window, &unknown);
    window.get_by_role_and_label(Role::Slider, "Rack power (kW)").set_value_accesskit(150.0);
    window.run();
    let entry = all_saying(&window, &unknown).into_iter().next().expect("in the palette");
    click(&mut window, Role::Button, &entry);
    click(&mut window, Role::Button, "Fill rack");
    click(&mut window, Role::ComboBox, "Show");
    click(&mut window, Role::Button, "weight");
    let device = all_saying(&window, "U1: ");
    assert!(device.len() == 1 && device[0].ends_with(", unknown"), "{device:?}");
}

#[test]
fn keeping_what_fills_keeps_it_in_every_rack() {
    let mut window = open(Setup::default());
    click(&mut window, Role::Button, "Add a rack");
    let sessions = says(&window, "Sessions: ");
    click(&mut window, Role::Button, "Keep filling");
    assert_eq!(window.state().project().racks.fill, None);
    assert_eq!(layouts(&window).iter().map(|rack| rack.placements.len()).collect::<Vec<_>>(), [20, 20]);
    assert_eq!(says(&window, "Sessions: "), sessions);
}

#[test]
fn one_rack_alone_is_filled_at_the_face_that_is_shown() {
    let mut window = empty();
    click(&mut window, Role::Button, "Add a rack");
    take(&mut window, SWITCH);
    click(&mut window, Role::Button, SWITCH);
    click(&mut window, Role::Button, "Rear");
    click(&mut window, Role::Button, "Fill this rack");
    let counts: Vec<usize> = layouts(&window).iter().map(|rack| rack.placements.len()).collect();
    assert_eq!(counts, [0, 42], "half as deep as the rack, one in each unit");
    assert!(layouts(&window)[1].placements.iter().all(|placed| placed.face == Face::Rear));
    assert_eq!(window.state().project().racks.fill, None);
}

#[test]
fn what_chosen_devices_serve_is_set_below_the_drawing_without_a_menu_of_the_right_button() {
    let mut window = empty();
    put(&mut window, AMPERE, "U1: empty");
    focus(&mut window, &format!("U1: {AMPERE}"));
    press(&mut window, Modifiers::NONE, Key::Space);
    let entry = says(&window, "Serves: the selected scenario");
    focus(&mut window, &entry);
    press(&mut window, Modifiers::NONE, Key::Enter);
    click(&mut window, Role::Button, "B: Llama 3.2 3B");
    assert_eq!(layouts(&window)[0].placements[0].serves, Some(1));
}

#[test]
fn power_by_load_and_cap_is_drawn_for_the_chosen_device() {
    let mut window = open(Setup::default());
    window.get_by_role_and_label(Role::DisclosureTriangle, "Power by load and cap").click_accesskit();
    window.run();
    let draw = says(&window, "Draw by sessions at work: ");
    assert!(draw.contains("625 W with all"), "{draw}");
    let speed = says(&window, "Speed by cap: ");
    assert!(speed.contains("below 438 W assumed"), "70 % of 625 W");
    let area = window.get_by_role_and_label(Role::Figure, &speed).rect();
    assert!(area.bottom() < 720.0 - 24.0, "unfolded, it came into sight: {area:?}");
    window.get_by_role_and_label(Role::Button, "Draw, all sessions at work: 625 W").click_accesskit();
    window.run();
    assert!(all_saying(&window, "").iter().any(|words| words.contains("Fan, Weber, Barroso")), "it says why");
}

#[test]
fn a_thousand_equal_racks_are_one_column_and_an_edit_takes_one_out_of_it() {
    let mut window = open(Setup::default());
    click(&mut window, Role::Button, "Rack settings");
    set_number(&mut window, "Copies of this rack", 999.0);
    click(&mut window, Role::Button, "Add the copies");
    let heads = |window: &Window| all_saying(window, "Edit Rack ");
    assert_eq!(heads(&window), ["Edit Rack 1, one of 1,000 alike: 12.5 kW, 240 sessions"]);
    set_number(&mut window, "Kept free at the top (U)", 12.0);
    assert_eq!(heads(&window).len(), 2, "{:?}", heads(&window));
    assert!(heads(&window)[1].starts_with("Edit Rack 2, one of 999 alike: "), "{:?}", heads(&window));
    click(&mut window, Role::Button, "Equal racks once");
    assert!(heads(&window).len() > 2, "each on its own again");
}

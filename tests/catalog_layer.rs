//! The user's changes over the built-in catalog: made, undone, merged and reviewed.

use sizewright::catalog::{
    Catalog, Change, Device, DeviceId, EntryKey, EntryState, Layer, MergeStanding, Server, ServerId, differences,
    merge_items, validate::new_problems,
};
use sizewright::units::BytesPerSecond;

fn catalog() -> &'static Catalog {
    Catalog::builtin().unwrap_or_else(|error| panic!("{error}"))
}

fn card() -> DeviceId {
    DeviceId::new("nvidia-geforce-rtx-4090")
}

/// The card with another bandwidth.
fn faster(giga: f64) -> Device {
    let mut device = catalog().devices.get(&card()).expect("the card").clone();
    device.memory_bandwidth = Some(BytesPerSecond::from_giga(giga));
    device
}

#[test]
fn an_edited_entry_shows_in_the_laid_over_catalog_and_nowhere_else() {
    let mut layer = Layer::default();
    layer.put(faster(2000.0));
    let laid_over = catalog().with(&layer);
    let bandwidth = |all: &Catalog| all.devices.get(&card()).and_then(|device| device.memory_bandwidth);
    assert_eq!(bandwidth(&laid_over), Some(BytesPerSecond::from_giga(2000.0)));
    assert_eq!(bandwidth(catalog()), Some(BytesPerSecond::from_giga(1010.0)));
    assert_eq!(laid_over.devices.len(), catalog().devices.len());
    assert_eq!(laid_over.models, catalog().models);
}

#[test]
fn restoring_an_entry_brings_the_built_in_one_back() {
    let mut layer = Layer::default();
    layer.put(faster(2000.0));
    assert_eq!(layer.state_of::<Device>(catalog(), &card()), Some(EntryState::Changed));
    layer.remove::<Device>(catalog(), &card());
    assert_eq!(layer.state_of::<Device>(catalog(), &card()), Some(EntryState::Removed));
    assert_eq!(catalog().with(&layer).devices.get(&card()), None);
    assert!(layer.restore::<Device>(&card()));
    assert_eq!(layer, Layer::default());
    assert_eq!(layer.state_of::<Device>(catalog(), &card()), Some(EntryState::BuiltIn));
    assert!(!layer.restore::<Device>(&card()), "there was nothing left to forget");
    assert_eq!(catalog().with(&layer), *catalog());
}

#[test]
fn an_entry_of_ones_own_goes_for_good_when_it_is_removed() {
    let mut layer = Layer::default();
    let mut own = faster(3000.0);
    own.id = DeviceId::new("my-card");
    layer.put(own.clone());
    assert_eq!(layer.state_of::<Device>(catalog(), &own.id), Some(EntryState::Added));
    assert_eq!(catalog().with(&layer).devices.len(), catalog().devices.len() + 1);
    layer.remove::<Device>(catalog(), &own.id);
    assert!(layer.is_empty());
    assert_eq!(layer.state_of::<Device>(catalog(), &own.id), None);
}

#[test]
fn differences_name_each_field_with_its_old_and_new_value() {
    let mut layer = Layer::default();
    layer.put(faster(2000.0));
    let server = ServerId::new("nvidia-dgx-h100");
    layer.remove::<Server>(catalog(), &server);
    let all = differences(catalog(), &layer);
    assert_eq!(all.len(), 2);
    let Some(Change::Fields(fields)) = all.first().map(|one| one.change.clone()) else { panic!("{all:?}") };
    assert_eq!(fields.len(), 1);
    assert_eq!(fields[0].field, "memory_bandwidth_gb_s");
    assert_eq!((fields[0].old.as_deref(), fields[0].new.as_deref()), (Some("1010.0"), Some("2000.0")));
    assert_eq!((all[1].id.as_str(), &all[1].change), (server.as_str(), &Change::Removed));
}

#[test]
fn a_value_that_becomes_unknown_is_a_difference_to_nothing() {
    let mut device = faster(1010.0);
    device.power_limit = None;
    let mut layer = Layer::default();
    layer.put(device);
    let all = differences(catalog(), &layer);
    let Some(Change::Fields(fields)) = all.first().map(|one| one.change.clone()) else { panic!("{all:?}") };
    assert_eq!((fields[0].field.as_str(), fields[0].new.as_deref()), ("power_limit_w", None));
}

#[test]
fn a_change_that_changes_nothing_is_no_difference_and_can_be_dropped() {
    let mut layer = Layer::default();
    layer.put(faster(1010.0));
    layer.removed_servers.push(ServerId::new("never-was"));
    assert!(differences(catalog(), &layer).is_empty());
    layer.drop_unchanged(catalog());
    assert!(layer.is_empty());
}

#[test]
fn merging_takes_the_other_users_word_where_both_speak() {
    let mut mine = Layer::default();
    mine.put(faster(2000.0));
    mine.remove::<Server>(catalog(), &ServerId::new("nvidia-dgx-h100"));
    let mut theirs = Layer::default();
    theirs.put(faster(3000.0));
    theirs.put(catalog().servers.get(&ServerId::new("nvidia-dgx-h100")).expect("a server").clone());
    theirs.remove::<Device>(catalog(), &DeviceId::new("nvidia-t4"));
    mine.merge(theirs);
    let all = catalog().with(&mine);
    assert_eq!(
        all.devices.get(&card()).and_then(|device| device.memory_bandwidth),
        Some(BytesPerSecond::from_giga(3000.0))
    );
    assert!(all.servers.get(&ServerId::new("nvidia-dgx-h100")).is_some());
    assert_eq!(all.devices.get(&DeviceId::new("nvidia-t4")), None);
}

/// Kind and id of the entries of another user's layer, with how each stands to one's own.
fn standings(mine: &Layer, theirs: &Layer) -> Vec<(String, MergeStanding, bool)> {
    merge_items(catalog(), mine, theirs)
        .into_iter()
        .map(|item| (item.key.id, item.standing, item.mine_changed))
        .collect()
}

#[test]
fn another_users_entries_are_new_the_same_different_or_taken_out() {
    let (mut mine, mut theirs) = (Layer::default(), Layer::default());
    mine.put(faster(2000.0));
    theirs.put(faster(3000.0));
    let mut own = faster(900.0);
    own.id = DeviceId::new("their-card");
    theirs.put(own);
    theirs.put(catalog().devices.get(&DeviceId::new("nvidia-t4")).expect("a card").clone());
    theirs.remove::<Server>(catalog(), &ServerId::new("nvidia-dgx-h100"));
    let all = standings(&mine, &theirs);
    let of = |id: &str| all.iter().find(|one| one.0 == id).unwrap_or_else(|| panic!("{id}: {all:?}"));
    let MergeStanding::Differs(fields) = &of(card().as_str()).1 else { panic!("{all:?}") };
    assert_eq!((fields[0].old.as_deref(), fields[0].new.as_deref()), (Some("2000.0"), Some("3000.0")));
    assert!(of(card().as_str()).2, "both changed it");
    assert_eq!((&of("their-card").1, of("their-card").2), (&MergeStanding::New, false));
    assert_eq!(of("nvidia-t4").1, MergeStanding::Same);
    assert_eq!(of("nvidia-dgx-h100").1, MergeStanding::Removed);
}

#[test]
fn only_the_entries_chosen_are_taken_and_each_can_be_given_back() {
    let (mut mine, mut theirs) = (Layer::default(), Layer::default());
    mine.put(faster(2000.0));
    theirs.put(faster(3000.0));
    theirs.remove::<Server>(catalog(), &ServerId::new("nvidia-dgx-h100"));
    let keys: Vec<EntryKey> = merge_items(catalog(), &mine, &theirs).into_iter().map(|item| item.key).collect();
    let server = keys.iter().find(|key| key.kind == "server").expect("the server");
    mine.take_entry(catalog(), &theirs, server);
    let bandwidth = |layer: &Layer| catalog().with(layer).devices.get(&card()).and_then(|card| card.memory_bandwidth);
    assert_eq!(bandwidth(&mine), Some(BytesPerSecond::from_giga(2000.0)), "mine was kept");
    assert_eq!(mine.removed_servers, [ServerId::new("nvidia-dgx-h100")]);
    let device = keys.iter().find(|key| key.kind == "device").expect("the device");
    mine.take_entry(catalog(), &theirs, device);
    assert_eq!(bandwidth(&mine), Some(BytesPerSecond::from_giga(3000.0)));
    for key in &keys {
        assert!(mine.forget(key), "{key:?}");
    }
    assert!(mine.is_empty());
    let nowhere = EntryKey { kind: "device", id: "no such thing".into() };
    mine.take_entry(catalog(), &theirs, &nowhere);
    assert!(mine.is_empty() && !mine.forget(&nowhere));
}

#[test]
fn an_entry_is_put_back_in_its_place_and_the_others_stay_as_they_became() {
    let mut layer = Layer::default();
    layer.put(faster(2000.0));
    let mut other = faster(900.0);
    other.id = DeviceId::new("other");
    layer.put(other.clone());
    let before = layer.excerpt::<Device>(&card());
    let first = layer.clone();
    layer.restore::<Device>(&card());
    layer.put_back::<Device>(&card(), &before);
    assert_eq!(layer, first, "in its old place");
    layer.put(faster(3000.0));
    layer.restore::<Device>(&other.id);
    layer.put_back::<Device>(&card(), &before);
    assert_eq!(layer.devices, [faster(2000.0)], "the other one is not brought back");
    // What was not there, or was taken out, is so again.
    let t4 = DeviceId::new("nvidia-t4");
    for removed in [false, true] {
        let mut layer = Layer::default();
        if removed {
            layer.remove::<Device>(catalog(), &t4);
        }
        let (excerpt, before) = (layer.excerpt::<Device>(&t4), layer.clone());
        let mut changed = faster(1.0);
        changed.id = t4.clone();
        layer.put(changed);
        layer.put_back::<Device>(&t4, &excerpt);
        assert_eq!(layer, before, "{removed}");
    }
}

#[test]
fn only_what_a_change_brings_is_laid_to_it() {
    let mut mine = Layer::default();
    let mut server = catalog().servers.get(&ServerId::new("nvidia-dgx-h100")).expect("a server").clone();
    server.id = ServerId::new("mine");
    server.devices[0].device = DeviceId::new("no-such");
    mine.put(server.clone());
    let before = catalog().with(&mine);
    mine.put(faster(3000.0));
    assert!(new_problems(&before, &catalog().with(&mine)).is_empty(), "the server was lost before");
    server.id = ServerId::new("theirs");
    mine.put(server);
    let problems = new_problems(&before, &catalog().with(&mine));
    assert_eq!(problems.len(), 1);
    assert!(problems[0].to_string().contains("`theirs`"), "{}", problems[0]);
}

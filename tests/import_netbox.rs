//! NetBox device types and rack types: read leniently, written back, and never a folder lost for one bad file.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use sizewright::catalog::{
    Catalog, Date, EntryState, Kept, Layer, RackType, Server, ServerRole, Standing, field_changes,
};
use sizewright::export;
use sizewright::import::{Existing, Importer, Known, Limits, Report, read_while};

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/import/netbox")
}

fn catalog() -> &'static Catalog {
    Catalog::builtin().expect("the built-in catalog reads")
}

fn read(path: &Path) -> Report {
    let known = Known { read_on: Date::parse("2026-11-20"), ..Known::default() };
    Importer::new(catalog(), known).read(&[path.to_owned()], &Limits::default())
}

fn server(file: &str) -> (Server, Report) {
    let report = read(&fixtures().join("device-types/Acme").join(file));
    assert!(report.files[0].problems.is_empty(), "{file}: {:?}", report.files[0].problems);
    (report.files[0].entries.servers[0].clone(), report)
}

#[test]
fn draws_are_of_each_supply_and_spare_ones_do_not_count() {
    let (two, _) = server("server.yaml");
    assert_eq!(two.power.nameplate.map(|w| w.as_watts()), Some(2400.0));
    assert_eq!(two.power.typical.map(|w| w.as_watts()), Some(1000.0), "allocated draws are shares of the load");
    assert_eq!(two.provenance.standing_of("power.nameplate_w"), Standing::Assumed);
    let (six, _) = server("six-supplies.yml");
    assert_eq!(six.power.nameplate.map(|w| w.as_watts()), Some(9000.0), "not 18 kW");
    assert_eq!(six.name, "Acme 8125", "a number is a name too");
}

#[test]
fn what_a_file_says_is_read_and_what_it_does_not_stays_empty() {
    let (two, report) = server("server.yaml");
    assert_eq!((two.id.as_str(), two.height.as_units(), two.full_depth), ("acme-anvil-2000", 2.0, true));
    // 63 lb of 0.45359237 kg.
    assert!((two.weight.expect("a weight").as_kilograms() - 28.576_319_31).abs() < 1e-9);
    assert_eq!((two.role, two.price, two.memory, two.depth), (ServerRole::CpuServer, None, None, None));
    assert!(report.files[0].missing.iter().any(|remark| remark.text.contains("price")));
    let (switch, _) = server("switch.yaml");
    assert_eq!((switch.role, switch.power.planned()), (ServerRole::Switch, None));
    assert_eq!(switch.weight.map(|w| w.as_kilograms()), Some(7.41));
    let (strip, _) = server("zero-u.yaml");
    assert_eq!((strip.role, strip.height.as_units()), (ServerRole::Power, 0.0));
    let (old, report) = server("old.yaml");
    assert_eq!(old.height.as_units(), 1.0);
    assert_eq!(old.provenance.standing_of("height"), Standing::Assumed);
    assert!(report.files[0].guessed.iter().any(|remark| remark.text.contains("height")));
    let (access_point, report) = server("milliwatts.yaml");
    assert_eq!(access_point.power.planned(), None);
    assert!(report.files[0].missing.iter().any(|remark| remark.text.contains("milliwatts")));
}

#[test]
fn a_rack_type_is_the_rack_of_the_catalog() {
    let report = read(&fixtures().join("rack-types"));
    let rack = &report.files[0].entries.rack_types[0];
    let known = catalog().rack_types.get(&"apc-ar3100".into()).expect("built in");
    assert_eq!(
        (rack.height_units, rack.weight, rack.static_load, rack.depth),
        (known.height_units, known.weight, known.static_load, known.depth)
    );
}

#[test]
fn every_ugly_file_is_set_aside_with_its_name_and_the_others_are_read() {
    let report = read(&fixtures());
    let ugly = std::fs::read_dir(fixtures().join("ugly")).expect("fixtures").count();
    let aside: Vec<String> =
        report.files.iter().filter(|file| !file.problems.is_empty()).map(|file| file.problems[0].to_string()).collect();
    assert_eq!(aside.len(), ugly, "{aside:#?}");
    assert_eq!(report.entries(), 7, "the good ones");
    for (file, words) in [
        ("not-a-number.yaml", "line 4"),
        ("infinite.yaml", "line 6"),
        ("negative.yaml", "line 4: u_height: `-2`"),
        ("huge.yaml", "weight: `1"),
        ("third-of-a-unit.yaml", "height"),
        ("stones.yaml", "weight_unit"),
        ("half-a-file.yaml", "line"),
        ("tabs.yaml", "line 1, column 15"),
        ("conflict.yaml", "line "),
        ("child.yaml", "chassis"),
        ("module.yaml", "neither slug nor u_height"),
    ] {
        let error = aside.iter().find(|error| error.contains(file)).unwrap_or_else(|| panic!("{file}: {aside:#?}"));
        assert!(error.contains(words), "`{words}` is not in: {error}");
    }
}

#[test]
fn a_file_of_two_gigabytes_is_refused_before_it_is_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("endless.yaml");
    std::fs::File::create(&path).and_then(|file| file.set_len(2 << 30)).expect("a sparse file");
    let began = Instant::now();
    let report = read(&path);
    assert!(report.files[0].problems[0].to_string().contains("larger than 1 MiB"), "{:?}", report.files[0].problems);
    assert!(began.elapsed() < Duration::from_secs(5));
}

#[test]
fn servers_and_racks_survive_being_written_and_read_back() {
    let folder = tempfile::tempdir().expect("a folder");
    for file in export::netbox(catalog()).expect("it writes") {
        assert!(file.path.split('/').all(|part| !part.is_empty() && !part.starts_with('.')), "{}", file.path);
        let path = folder.path().join(&file.path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        std::fs::write(path, file.text).expect("written");
    }
    let report = read(folder.path());
    let problems: Vec<_> = report.files.iter().flat_map(|file| &file.problems).collect();
    assert!(problems.is_empty(), "{problems:#?}");
    assert_eq!(report.entries(), catalog().servers.len() + catalog().rack_types.len());
    let slug = |id: &str| id.replace('.', "-");
    for server in catalog().servers.iter() {
        let back = report
            .files
            .iter()
            .flat_map(|file| &file.entries.servers)
            .find(|back| back.id.as_str() == slug(server.id.as_str()));
        let back = back.unwrap_or_else(|| panic!("{} is lost", server.id));
        assert_eq!(
            (back.height, back.full_depth, &back.vendor),
            (server.height, server.full_depth, &server.vendor),
            "{}",
            server.id
        );
        let kilograms = |server: &Server| server.weight.map(|w| (w.as_kilograms() * 1e6).round());
        assert_eq!(kilograms(back), kilograms(server), "{}", server.id);
        assert_eq!(
            back.power_supplies.as_ref().map(|s| s.count).unwrap_or(1),
            server.power_supplies.as_ref().map_or(1, |s| s.count),
            "{}",
            server.id
        );
    }
    for rack in catalog().rack_types.iter() {
        let back = report
            .files
            .iter()
            .flat_map(|file| &file.entries.rack_types)
            .find(|back| back.id.as_str() == slug(rack.id.as_str()));
        let facts = |rack: &RackType| {
            (
                rack.height_units,
                rack.depth.map(|d| d.as_millimetres().round()),
                rack.static_load.map(|l| l.as_kilograms().round()),
            )
        };
        assert_eq!(facts(back.unwrap_or_else(|| panic!("{} is lost", rack.id))), facts(rack), "{}", rack.id);
    }
}

/// What a device type can say survives: a library written from what was read of a library is that library again.
#[test]
fn a_library_read_and_written_is_the_same_library() {
    let written = |catalog: &Catalog, folder: &Path| {
        let files = export::netbox(catalog).expect("it writes");
        for file in &files {
            let path = folder.join(&file.path);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            std::fs::write(path, &file.text).expect("written");
        }
        files
    };
    let read_back = |folder: &Path| {
        let mut layer = Layer::default();
        let nothing = Catalog::default();
        let done = read(folder).apply(&nothing, &mut layer, Existing::Keep);
        assert_eq!(done.added, catalog().servers.len() + catalog().rack_types.len());
        layer
    };
    let (first, second) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    written(catalog(), first.path());
    let once = read_back(first.path());
    written(&Catalog::default().with(&once), second.path());
    let twice = read_back(second.path());
    compare(&once.servers, &twice.servers);
    compare(&once.rack_types, &twice.rack_types);
}

fn compare<T: Kept>(once: &[T], twice: &[T]) {
    assert_eq!(once.len(), twice.len());
    for once in once {
        let twice =
            twice.iter().find(|twice| twice.id() == once.id()).unwrap_or_else(|| panic!("{} is lost", once.id()));
        let changes = field_changes(once, twice);
        // Where it was read from is another file, and notes are cut at NetBox's own length.
        let lost: Vec<&String> = changes.iter().map(|change| &change.field).filter(|f| !told_elsewhere(f)).collect();
        assert!(lost.is_empty(), "{}: {lost:?}", once.id());
    }
}

fn told_elsewhere(field: &str) -> bool {
    field.starts_with("provenance") || field == "notes"
}

#[test]
fn two_entries_with_one_id_are_explained_and_the_first_one_stays() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = std::fs::read_to_string(fixtures().join("device-types/Acme/server.yaml")).expect("read");
    std::fs::write(folder.path().join("a.yaml"), &text).expect("written");
    std::fs::write(folder.path().join("b.yaml"), text.replace("u_height: 2", "u_height: 3")).expect("written");
    let report = read(folder.path());
    assert_eq!(report.entries(), 1);
    let error = report.files[1].problems[0].to_string();
    assert!(error.contains("b.yaml") && error.contains("a.yaml") && error.contains("acme-anvil-2000"), "{error}");
}

#[test]
fn entries_that_are_there_are_replaced_only_when_asked_to() {
    let report = read(&fixtures().join("rack-types"));
    let mut layer = Layer::default();
    let done = report.apply(catalog(), &mut layer, Existing::Keep);
    assert_eq!((done.added, done.replaced, done.kept.len()), (0, 0, 1), "{done:?}");
    assert!(done.kept[0].contains("apc-ar3100") && done.kept[0].contains("name"), "{done:?}");
    assert!(layer.is_empty());
    let done = report.apply(catalog(), &mut layer, Existing::Replace);
    assert_eq!((done.replaced, done.kept.len()), (1, 0));
    assert_eq!(layer.state_of::<RackType>(catalog(), &"apc-ar3100".into()), Some(EntryState::Changed));
    let again = report.apply(catalog(), &mut layer, Existing::Keep);
    assert_eq!((again.same, again.added), (1, 0));
}

#[test]
fn a_folder_read_by_several_threads_is_reported_in_order_and_file_by_file_the_same() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = std::fs::read_to_string(fixtures().join("device-types/Acme/server.yaml")).expect("read");
    for number in 0..100 {
        let mut text = text.replace("acme-anvil-2000", &format!("acme-{number}"));
        if number % 10 == 3 {
            text = text.replace("u_height: 2", "u_height: two");
        }
        if number % 25 == 7 {
            // Larger than what is read together with others.
            text += &"# nothing\n".repeat(20_000);
        }
        std::fs::write(folder.path().join(format!("{number:03}.yaml")), text).expect("written");
    }
    let all = read(folder.path());
    assert_eq!((all.files.len(), all.entries()), (100, 90));
    for (number, file) in all.files.iter().enumerate() {
        let name = format!("{number:03}.yaml");
        assert_eq!(file.file, name);
        let alone = read(&folder.path().join(name));
        assert_eq!(format!("{file:?}"), format!("{:?}", alone.files[0]));
    }
}

#[test]
fn reading_a_folder_tells_how_far_it_is_and_stops_when_told_to() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = std::fs::read_to_string(fixtures().join("device-types/Acme/server.yaml")).expect("read");
    for number in 0..100 {
        std::fs::write(folder.path().join(format!("{number}.yaml")), &text).expect("written");
    }
    let read = |stop_at: usize| {
        let told = std::cell::RefCell::new(Vec::new());
        let report =
            read_while(&[folder.path().to_owned()], &Limits::default(), catalog(), Known::default(), |done, of| {
                told.borrow_mut().push((done, of));
                done < stop_at
            });
        (report, told.into_inner())
    };
    let (report, told) = read(usize::MAX);
    assert_eq!(report.expect("read to its end").files.len(), 100);
    assert!(told.is_sorted() && told.iter().all(|(done, of)| done <= of && *of == 100), "{told:?}");
    let (report, told) = read(5);
    assert!(report.is_none());
    assert_eq!(told.iter().filter(|(done, _)| *done >= 5).count(), 1, "nothing is asked once it has stopped: {told:?}");
}

/// Not a test of speed for every machine: run it by name, in release, to see the figure.
#[test]
#[ignore = "a measurement"]
fn two_thousand_device_types_are_read_in_two_seconds() {
    let folder = tempfile::tempdir().expect("a folder");
    let ports: String =
        (0..52).map(|port| format!("  - name: Ethernet1/{port}\n    type: 25gbase-x-sfp28\n")).collect();
    for number in 0..2000 {
        let vendor = folder.path().join(format!("device-types/Vendor {}", number % 40));
        std::fs::create_dir_all(&vendor).expect("made");
        let text = std::fs::read_to_string(fixtures().join("device-types/Acme/server.yaml")).expect("read");
        let text = text
            .replace("acme-anvil-2000", &format!("acme-{number}"))
            .replace("interfaces:\n", &format!("interfaces:\n{ports}"));
        let text = if number % 100 == 0 { text.replace("u_height: 2", "u_height: two") } else { text };
        std::fs::write(vendor.join(format!("{number}.yaml")), text).expect("written");
    }
    let began = Instant::now();
    let report = read(folder.path());
    let took = began.elapsed();
    let aside = report.files.iter().filter(|file| !file.problems.is_empty()).count();
    println!("{} files in {took:?}, {aside} set aside", report.files.len());
    assert_eq!((report.files.len(), report.entries(), aside), (2000, 1980, 20));
    assert!(took < Duration::from_secs(2), "{took:?}");
}

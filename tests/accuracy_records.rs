//! The rows that come with the program and what is said of them: they belong to the constants, every row is accounted
//! for, and the tables made from them are those the constants were written with.

use sizewright::accuracy::{self, LeftOut, Quantity, Record, Selection, Trust, builtin, text};
use sizewright::sizing::serving::FittedServing;
use sizewright::sizing::speed::FittedSpeed;
use sizewright::sizing::speed::band::Bands;

fn selection(quantity: Quantity) -> Selection {
    Selection { quantity, left_out: LeftOut::Device, trust: Trust::C }
}

#[test]
fn rows_and_constants_are_of_the_same_fit() {
    let (speed, rows) = (FittedSpeed::builtin(), builtin::single_stream());
    assert_eq!((rows.date.as_str(), rows.judged_rows()), (speed.date.as_str(), speed.rows as usize));
    let (serving, rows) = (FittedServing::builtin(), builtin::serving());
    assert_eq!(rows.date, serving.date);
    let count = |quantity: Quantity| {
        let served =
            |row: &accuracy::Row<'_>| !row.class().starts_with("partitioned") && !row.class().starts_with("llama");
        let all = accuracy::rows_of(quantity).filter(|row| row.estimate(LeftOut::Family).is_some());
        u32::try_from(all.filter(served).count()).expect("few rows")
    };
    let (per_token, first_token, power) = serving.served_rows;
    assert_eq!(
        (count(Quantity::PerToken), count(Quantity::FirstToken), count(Quantity::Power)),
        (per_token, first_token, power)
    );
    let on_graphics = accuracy::rows_of(Quantity::Throughput).filter(|row| row.class().starts_with("llama")).count();
    assert_eq!(on_graphics, serving.local_rows.1 as usize);
}

#[test]
fn every_row_that_was_read_is_accounted_for() {
    for record in [builtin::single_stream(), builtin::serving()] {
        let aside: usize = record.set_aside().iter().map(|aside| aside.rows).sum();
        let not_judged: usize = record.not_judged.iter().map(|(_, rows)| *rows as usize).sum();
        let all = record.judged_rows() + aside + not_judged;
        assert_eq!(all, record.rows_read as usize, "{}", text::account(record));
        assert!(record.set_aside().iter().all(|aside| aside.reason.len() > 20 && aside.rows + aside.first_tokens > 0));
    }
}

#[test]
fn every_row_names_its_source_device_and_model() {
    let catalog = sizewright::catalog::Catalog::builtin().expect("the catalog reads");
    for row in accuracy::rows() {
        assert!(row.source().len() > 5, "{row:?}");
        assert!(catalog.devices.get(&row.device().into()).is_some(), "{}", row.device());
        assert!(catalog.models.get(&row.model().into()).is_some(), "{}", row.model());
    }
}

/// Thousandths keep errors to 0.05 %; a row at the very end of its band may fall to the other side.
fn same_as_constants(quantity: Quantity, bands: &Bands) {
    let table = accuracy::table(accuracy::rows_of(quantity), selection(quantity)).expect("rows were judged");
    assert_eq!(table.classes.len(), bands.segments.len());
    for (segment, band) in &bands.segments {
        let line = table.classes.iter().find(|line| line.class == segment.label()).expect("the class is there");
        let found = line.summary;
        assert_eq!((found.rows, found.devices), (band.rows, band.devices), "{}", line.class);
        for (what, a, b, within) in [
            ("median", found.median_error, band.median_error, 0.001),
            ("mean", found.mean_error, band.mean_error, 0.001),
            ("bias", found.bias, band.bias, 0.001),
            ("covered", found.covered, band.covered, 2.0 / f64::from(band.rows)),
        ] {
            assert!((a - b).abs() <= within, "{quantity:?}, {}, {what}: {a} here, {b} there", line.class);
        }
    }
}

#[test]
fn the_tables_are_those_the_constants_were_written_with() {
    let fitted = FittedSpeed::builtin();
    same_as_constants(Quantity::Decode, &fitted.decode_bands);
    same_as_constants(Quantity::Prefill, &fitted.prefill_bands);
}

#[test]
fn the_sum_of_classes_is_the_whole_and_more_trust_is_fewer_rows() {
    for quantity in Quantity::ALL {
        let table = |trust| accuracy::table(accuracy::rows_of(quantity), Selection { trust, ..selection(quantity) });
        let all = table(Trust::C).expect("rows were judged");
        assert_eq!(all.classes.iter().map(|line| line.summary.rows).sum::<u32>(), all.all.rows);
        let rows = Trust::ALL.map(|trust| table(trust).map_or(0, |table| table.all.rows));
        assert!(rows.is_sorted() && rows[0] > 0, "{quantity:?}: {rows:?}");
        assert!(all.headline().contains(quantity.plural()));
    }
}

#[test]
fn a_record_is_written_as_it_was_read() {
    for record in [builtin::single_stream(), builtin::serving()] {
        let text = record.to_ron_string().expect("it is written");
        let again = Record::from_ron_str(&text).expect("it is read");
        assert_eq!(again.to_ron_string().expect("it is written"), text);
    }
}

#[test]
fn the_band_of_an_accelerators_draw_is_how_measured_draws_scatter_about_its_formula() {
    use sizewright::sizing::power::{ACCELERATOR_SHARE_ENDS, accelerator_share};
    let catalog = sizewright::catalog::Catalog::builtin().expect("the catalog reads");
    let record = builtin::serving();
    let mut over = Vec::new();
    for run in record.runs.iter().filter(|run| run.reason.is_none()) {
        let Some(measured) = run.values.iter().find(|value| value.quantity == Quantity::Power) else { continue };
        let device = catalog.devices.get(&record.names.devices[run.device].as_str().into()).expect("known");
        let devices = record.names.setups[run.setup].split(", ").find_map(|word| word.strip_prefix("devices "));
        let devices: f64 = devices.map_or(1.0, |count| count.parse().expect("a count"));
        let limit = device.power_limit.expect("published").as_watts() * devices;
        over.push(measured.measured / limit / accelerator_share(run.sessions.expect("published")));
    }
    over.sort_by(f64::total_cmp);
    assert_eq!(over.len(), 216);
    let at = |share: f64| over[((over.len() - 1) as f64 * share).round() as usize];
    let (low, high) = ACCELERATOR_SHARE_ENDS;
    assert!((at(0.1) - low).abs() < 0.005 && (at(0.9) - high).abs() < 0.005, "{} to {}", at(0.1), at(0.9));
}

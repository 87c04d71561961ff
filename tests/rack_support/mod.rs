//! Made-up servers for tests of racks.

use sizewright::catalog::{Date, Provenance, Server, ServerId, ServerPower, Standing};
use sizewright::units::{Kilograms, Metres, RackUnits, Watts};

/// A server without devices, 800 mm deep.
pub fn server(id: &str, height: f64, full_depth: bool, watts: f64, kilograms: f64) -> Server {
    let provenance = Provenance {
        source: "made up for this test".to_owned(),
        date: Date::parse("2026").expect("a year"),
        standing: Standing::Assumed,
        fields: Vec::new(),
    };
    Server {
        height: RackUnits::from_units(height),
        full_depth,
        depth: Some(Metres::from_millimetres(800.0)),
        weight: Some(Kilograms::from_kilograms(kilograms)),
        power: ServerPower { max_measured: Some(Watts::from_watts(watts)), ..ServerPower::default() },
        ..Server::unknown(ServerId::new(id), id.to_uppercase(), provenance)
    }
}

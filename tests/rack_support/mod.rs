//! Made-up servers for tests of racks.

use sizewright::catalog::{Date, Provenance, Server, ServerId, ServerPower, ServerRole, Standing};
use sizewright::units::{Kilograms, Metres, RackUnits, Watts};

/// A server without devices, 800 mm deep.
pub fn server(id: &str, height: f64, full_depth: bool, watts: f64, kilograms: f64) -> Server {
    Server {
        id: ServerId::new(id),
        name: id.to_uppercase(),
        vendor: "Test".to_owned(),
        role: ServerRole::CpuServer,
        height: RackUnits::from_units(height),
        full_depth,
        depth: Some(Metres::from_millimetres(800.0)),
        weight: Some(Kilograms::from_kilograms(kilograms)),
        power: ServerPower { max_measured: Some(Watts::from_watts(watts)), ..ServerPower::default() },
        power_supplies: None,
        devices: Vec::new(),
        memory: None,
        price: None,
        embodied: None,
        bays: 0,
        notes: None,
        provenance: Provenance {
            source: "made up for this test".to_owned(),
            date: Date::parse("2026").expect("a year"),
            standing: Standing::Assumed,
            fields: Vec::new(),
        },
    }
}

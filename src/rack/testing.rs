//! Made-up servers for the tests of this room.

use super::RackLimits;
use crate::catalog::{Date, Provenance, Server, ServerId, ServerPower, ServerRole, Standing};
use crate::units::{Kilograms, RackUnits, Watts};

pub(super) fn server(id: &str, height: f64, watts: f64) -> Server {
    Server {
        id: ServerId::new(id),
        name: id.to_owned(),
        vendor: "Test".to_owned(),
        role: ServerRole::CpuServer,
        height: RackUnits::from_units(height),
        full_depth: true,
        depth: None,
        weight: Some(Kilograms::from_kilograms(20.0)),
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

pub(super) fn limits(watts: f64) -> RackLimits {
    RackLimits { power: Some(Watts::from_watts(watts)), ..RackLimits::default() }
}

//! Made-up servers for the tests of this room.

use super::RackLimits;
use crate::catalog::{Date, Provenance, Server, ServerId, ServerPower, Standing};
use crate::units::{Kilograms, RackUnits, Watts};

pub(super) fn server(id: &str, height: f64, watts: f64) -> Server {
    let provenance = Provenance {
        source: "made up for this test".to_owned(),
        date: Date::parse("2026").expect("a year"),
        standing: Standing::Assumed,
        fields: Vec::new(),
    };
    Server {
        height: RackUnits::from_units(height),
        weight: Some(Kilograms::from_kilograms(20.0)),
        power: ServerPower { max_measured: Some(Watts::from_watts(watts)), ..ServerPower::default() },
        ..Server::unknown(ServerId::new(id), id.to_owned(), provenance)
    }
}

pub(super) fn limits(watts: f64) -> RackLimits {
    RackLimits { power: Some(Watts::from_watts(watts)), ..RackLimits::default() }
}

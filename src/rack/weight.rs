//! Weight of what is mounted, and how high its centre lies: heavy things belong low.

use super::{HalfUnits, RackLayout};
use crate::catalog::{RackType, Server, Table};
use crate::units::{Kilograms, RackUnits};

/// What a rack holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Load {
    /// Known weight of what is mounted.
    pub mounted: Kilograms,
    /// With the empty rack. `None`: its weight is unknown.
    pub with_rack: Option<Kilograms>,
    /// Mounted things whose weight nobody published.
    pub unknown: u32,
    /// Height of the centre of mass of what is mounted above the floor of U1. `None`: nothing of known weight takes a unit.
    pub centre_of_mass: Option<RackUnits>,
    /// Share of the static limit used. `None`: no limit is published.
    pub of_static: Option<f64>,
    /// Share of the rolling limit used. `None`: no limit is published.
    pub of_rolling: Option<f64>,
}

/// Weighs what is mounted.
pub fn load(layout: &RackLayout, rack_type: Option<&RackType>, servers: &Table<Server>) -> Load {
    let (mut mounted, mut moment, mut in_units, mut unknown) = (Kilograms::ZERO, 0.0, Kilograms::ZERO, 0);
    for placement in &layout.placements {
        let Some(server) = servers.get(&placement.server) else { continue };
        let Some(weight) = server.weight else {
            unknown += 1;
            continue;
        };
        mounted += weight;
        // What stands in a bay weighs on its shelf.
        let shelf = placement.bay.and_then(|bay| layout.get(bay.shelf)).and_then(|shelf| servers.get(&shelf.server));
        let height = HalfUnits::covering(shelf.unwrap_or(server).height);
        if height.0 > 0 {
            let middle = placement.bottom.to_units().as_units() + height.to_units().as_units() / 2.0;
            moment += weight.as_kilograms() * middle;
            in_units += weight;
        }
    }
    let share = |limit: Option<Kilograms>| limit.filter(|limit| *limit > Kilograms::ZERO).map(|limit| mounted / limit);
    Load {
        mounted,
        with_rack: rack_type.and_then(|rack| rack.weight).map(|rack| rack + mounted),
        unknown,
        centre_of_mass: (in_units > Kilograms::ZERO).then(|| RackUnits::from_units(moment / in_units.as_kilograms())),
        of_static: share(rack_type.and_then(|rack| rack.static_load)),
        of_rolling: share(rack_type.and_then(|rack| rack.rolling_load)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::ServerId;
    use crate::rack::testing::{limits, server};
    use crate::rack::{Face, place};

    fn rack(placed: &[(&str, u32)]) -> Load {
        let heavy = Server { weight: Some(Kilograms::from_kilograms(60.0)), ..server("heavy", 4.0, 100.0) };
        let vague = Server { weight: None, ..server("vague", 1.0, 100.0) };
        let servers: Table<Server> = [heavy, vague, server("light", 2.0, 100.0)].into_iter().collect();
        let mut layout = RackLayout::empty("R", 42);
        for (id, unit) in placed {
            let bottom = HalfUnits::floor_of(*unit);
            layout = place(&layout, &limits(1e6), &servers, &ServerId::new(*id), bottom, Face::Front).expect("free");
        }
        load(&layout, None, &servers)
    }

    #[test]
    fn the_centre_of_mass_lies_nearer_the_heavier() {
        // 60 kg around 2 U and 20 kg around 10 U: (120 + 200) / 80.
        let load = rack(&[("heavy", 1), ("light", 10)]);
        assert_eq!(load.mounted, Kilograms::from_kilograms(80.0));
        assert_eq!(load.centre_of_mass, Some(RackUnits::from_units(4.0)));
    }

    #[test]
    fn unknown_weight_is_counted_and_not_taken_for_zero() {
        let load = rack(&[("vague", 1)]);
        assert_eq!((load.mounted, load.unknown, load.centre_of_mass), (Kilograms::ZERO, 1, None));
        assert_eq!(rack(&[]).centre_of_mass, None);
    }
}

//! How quantities stand in data files: as plain numbers whose unit is in the field's name, checked as they are read.
//!
//! Each module is for `#[serde(with = "...")]` on an `Option` of a quantity. A number that is NaN, infinite or negative
//! is refused here, at the border, with a message that names what it would have been.

macro_rules! quantity_field {
    ($(#[$doc:meta])* $module:ident, $quantity:ty, $unit:literal, $from:ident, $as_:ident) => {
        $(#[$doc])*
        pub mod $module {
            use serde::{Deserialize, Deserializer, Serialize, Serializer};

            /// Writes the number, or nothing.
            pub fn serialize<S: Serializer>(value: &Option<$quantity>, to: S) -> Result<S::Ok, S::Error> {
                // Nine digits hide the last-bit noise of unit conversion and keep every published figure exact.
                value.map(|q| (q.$as_() * 1e9).round() / 1e9).serialize(to)
            }

            /// Reads and checks the number.
            pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<$quantity>, D::Error> {
                let Some(number) = Option::<f64>::deserialize(from)? else { return Ok(None) };
                if !number.is_finite() || number < 0.0 {
                    return Err(serde::de::Error::custom(format!(
                        concat!("{} is not an amount in ", $unit, ": write a number of zero or more, or leave the field out"),
                        number
                    )));
                }
                Ok(Some(<$quantity>::$from(number)))
            }
        }
    };
}

/// Gibibytes that must be there.
pub mod gib_there {
    use serde::{Deserializer, Serializer};

    use super::gib;
    use crate::units::Bytes;

    /// Writes the number.
    pub fn serialize<S: Serializer>(value: &Bytes, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_f64((value.as_gib() * 1e9).round() / 1e9)
    }

    /// Reads and checks the number.
    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Bytes, D::Error> {
        let missing = || serde::de::Error::custom("an amount in GiB must be there: write a number of zero or more");
        gib::deserialize(from)?.ok_or_else(missing)
    }
}

quantity_field!(/// Gibibytes.
    gib, crate::units::Bytes, "GiB", from_gib, as_gib);
quantity_field!(/// Mebibytes.
    mib, crate::units::Bytes, "MiB", from_mib, as_mib);
quantity_field!(/// 10^9 bytes per second.
    gb_per_second, crate::units::BytesPerSecond, "GB/s", from_giga, as_giga);
quantity_field!(/// 10^12 operations per second.
    tera, crate::units::FlopPerSecond, "10^12 operations per second", from_tera, as_tera);
quantity_field!(/// Watts.
    watts, crate::units::Watts, "watts", from_watts, as_watts);
quantity_field!(/// Dollars.
    usd, crate::units::Usd, "US dollars", from_usd, as_usd);
quantity_field!(/// Gigahertz.
    giga_hertz, crate::units::Hertz, "GHz", from_giga, as_giga);
quantity_field!(/// Kilograms.
    kilograms, crate::units::Kilograms, "kg", from_kilograms, as_kilograms);
quantity_field!(/// Millimetres.
    millimetres, crate::units::Metres, "mm", from_millimetres, as_millimetres);
quantity_field!(/// Kilograms of carbon-dioxide equivalent.
    kilograms_co2e, crate::units::GramsCo2e, "kgCO2e", from_kilograms, as_kilograms);

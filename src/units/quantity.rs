//! The quantities that are real numbers, made by one macro so that each combines and compares alike.

/// Defines a quantity over `f64` in its base unit: constructors and readers by unit name, sums, scaling, ratios.
macro_rules! quantity {
    ($(#[$doc:meta])* $name:ident, $print_unit:literal, { $($(#[$unit_doc:meta])* $from:ident, $as_:ident = $factor:expr;)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(f64);

        impl $name {
            /// None of it.
            pub const ZERO: Self = Self(0.0);
            $(
                $(#[$unit_doc])*
                pub const fn $from(value: f64) -> Self { Self(value * $factor) }
                $(#[$unit_doc])*
                pub const fn $as_(self) -> f64 { self.0 / $factor }
            )+
            /// The smaller of two.
            pub const fn min(self, other: Self) -> Self { Self(self.0.min(other.0)) }
            /// The larger of two.
            pub const fn max(self, other: Self) -> Self { Self(self.0.max(other.0)) }
            /// Neither NaN nor infinite.
            pub const fn is_finite(self) -> bool { self.0.is_finite() }
        }
        impl std::ops::Add for $name { type Output = Self; fn add(self, o: Self) -> Self { Self(self.0 + o.0) } }
        impl std::ops::AddAssign for $name { fn add_assign(&mut self, o: Self) { self.0 += o.0; } }
        impl std::ops::Sub for $name { type Output = Self; fn sub(self, o: Self) -> Self { Self(self.0 - o.0) } }
        impl std::ops::Mul<f64> for $name { type Output = Self; fn mul(self, k: f64) -> Self { Self(self.0 * k) } }
        impl std::ops::Mul<$name> for f64 { type Output = $name; fn mul(self, q: $name) -> $name { $name(self * q.0) } }
        impl std::ops::Div<f64> for $name { type Output = Self; fn div(self, k: f64) -> Self { Self(self.0 / k) } }
        /// The plain ratio of two of a kind.
        impl std::ops::Div for $name { type Output = f64; fn div(self, o: Self) -> f64 { self.0 / o.0 } }
        impl std::iter::Sum for $name {
            fn sum<I: Iterator<Item = Self>>(parts: I) -> Self { parts.fold(Self::ZERO, std::ops::Add::add) }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{} {}", crate::units::Significant(self.0), $print_unit)
            }
        }
    };
}
pub(crate) use quantity;

quantity!(
    /// A duration, stored in seconds.
    Seconds, "s", {
        /// Seconds.
        from_secs, as_secs = 1.0;
        /// Milliseconds, 10^-3 s.
        from_millis, as_millis = 1e-3;
        /// Microseconds, 10^-6 s.
        from_micros, as_micros = 1e-6;
    }
);
quantity!(
    /// Electrical or thermal power, stored in watts.
    Watts, "W", {
        /// Watts.
        from_watts, as_watts = 1.0;
        /// Kilowatts, 10^3 W.
        from_kilowatts, as_kilowatts = 1e3;
    }
);
quantity!(
    /// Apparent power, stored in volt-amperes: what a breaker carries; power over the power factor.
    VoltAmperes, "VA", {
        /// Volt-amperes.
        from_volt_amperes, as_volt_amperes = 1.0;
        /// Kilovolt-amperes, 10^3 VA.
        from_kilovolt_amperes, as_kilovolt_amperes = 1e3;
    }
);
quantity!(
    /// Electrical tension, stored in volts.
    Volts, "V", {
        /// Volts.
        from_volts, as_volts = 1.0;
    }
);
quantity!(
    /// Electrical current, stored in amperes.
    Amperes, "A", {
        /// Amperes.
        from_amperes, as_amperes = 1.0;
    }
);
quantity!(
    /// Flow of air, stored in cubic metres per second.
    AirFlow, "m3/s", {
        /// Cubic metres per second.
        from_cubic_metres_per_second, as_cubic_metres_per_second = 1.0;
        /// Cubic feet per minute: 0.3048^3 m3 in 60 s.
        from_cubic_feet_per_minute, as_cubic_feet_per_minute = 0.028_316_846_592 / 60.0;
    }
);
quantity!(
    /// Energy, stored in joules.
    Joules, "J", {
        /// Joules.
        from_joules, as_joules = 1.0;
        /// Watt-hours, 3,600 J.
        from_watt_hours, as_watt_hours = 3600.0;
        /// Kilowatt-hours, 3.6 MJ.
        from_kilowatt_hours, as_kilowatt_hours = 3.6e6;
    }
);
quantity!(
    /// A generation or prompt-reading speed, stored in tokens per second. Whose (one session's or all sessions')
    /// is said by the field that holds it.
    TokensPerSecond, "tokens/s", {
        /// Tokens per second.
        from_tokens_per_second, as_tokens_per_second = 1.0;
    }
);
quantity!(
    /// Floating-point work, stored in operations.
    Flop, "FLOP", {
        /// Single operations.
        from_flop, as_flop = 1.0;
        /// 10^12 operations.
        from_tera, as_tera = 1e12;
    }
);
quantity!(
    /// Arithmetic rate, stored in operations per second.
    FlopPerSecond, "FLOP/s", {
        /// Operations per second.
        from_flops, as_flops = 1.0;
        /// 10^12 operations per second: the "TFLOPS" and "TOPS" of data sheets.
        from_tera, as_tera = 1e12;
    }
);
quantity!(
    /// A frequency, stored in hertz.
    Hertz, "Hz", {
        /// Hertz.
        from_hertz, as_hertz = 1.0;
        /// Gigahertz, 10^9 Hz.
        from_giga, as_giga = 1e9;
    }
);
quantity!(
    /// Money in United States dollars.
    Usd, "USD", {
        /// Dollars.
        from_usd, as_usd = 1.0;
    }
);
quantity!(
    /// Mass, stored in kilograms.
    Kilograms, "kg", {
        /// Kilograms.
        from_kilograms, as_kilograms = 1.0;
    }
);
quantity!(
    /// Greenhouse gas in grams of carbon-dioxide equivalent.
    GramsCo2e, "gCO2e", {
        /// Grams.
        from_grams, as_grams = 1.0;
        /// Kilograms, 10^3 g.
        from_kilograms, as_kilograms = 1e3;
    }
);
quantity!(
    /// A length, stored in metres.
    Metres, "m", {
        /// Metres.
        from_metres, as_metres = 1.0;
        /// Millimetres, 10^-3 m.
        from_millimetres, as_millimetres = 1e-3;
    }
);
quantity!(
    /// Height in a rack, stored in rack units of 44.45 mm (EIA-310). Half units exist.
    RackUnits, "U", {
        /// Rack units.
        from_units, as_units = 1.0;
    }
);

impl std::ops::Mul<Seconds> for Watts {
    type Output = Joules;
    fn mul(self, time: Seconds) -> Joules {
        Joules::from_joules(self.as_watts() * time.as_secs())
    }
}

impl std::ops::Div<FlopPerSecond> for Flop {
    type Output = Seconds;
    fn div(self, rate: FlopPerSecond) -> Seconds {
        Seconds::from_secs(self.as_flop() / rate.as_flops())
    }
}

impl std::ops::Mul<Amperes> for Volts {
    type Output = VoltAmperes;
    fn mul(self, current: Amperes) -> VoltAmperes {
        VoltAmperes::from_volt_amperes(self.as_volts() * current.as_amperes())
    }
}

impl TokensPerSecond {
    /// The speed of one token each `step`.
    pub fn from_step(step: Seconds) -> Self {
        Self::from_tokens_per_second(1.0 / step.as_secs())
    }

    /// Time between two tokens.
    pub fn step(self) -> Seconds {
        Seconds::from_secs(1.0 / self.as_tokens_per_second())
    }

    /// The reading speed this keeps up with, in words per minute, at `words_per_token` (0.75 for English).
    pub fn as_words_per_minute(self, words_per_token: f64) -> f64 {
        self.as_tokens_per_second() * 60.0 * words_per_token
    }

    /// The speed that keeps up with a reader of `words_per_minute` at `words_per_token` (0.75 for English).
    pub fn from_words_per_minute(words_per_minute: f64, words_per_token: f64) -> Self {
        Self::from_tokens_per_second(words_per_minute / 60.0 / words_per_token)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comfortable_reader_needs_ten_tokens_a_second() {
        // 450 words a minute at 0.75 words a token: the first article's figure.
        assert_eq!(TokensPerSecond::from_words_per_minute(450.0, 0.75).as_tokens_per_second(), 10.0);
        assert_eq!(TokensPerSecond::from_tokens_per_second(10.0).as_words_per_minute(0.75), 450.0);
    }

    #[test]
    fn power_over_time_is_energy() {
        let energy = Watts::from_kilowatts(1.0) * Seconds::from_secs(3600.0);
        assert_eq!(energy.as_kilowatt_hours(), 1.0);
    }
}

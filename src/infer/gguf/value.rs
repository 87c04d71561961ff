//! Metadata values, with integers and floats of all widths brought to one of each.

/// One metadata value.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::infer) enum Value {
    Unsigned(u64),
    Signed(i64),
    Float(f64),
    Bool(bool),
    Text(String),
    Array(Array),
}

/// An array of one kind. Arrays of arrays are refused: nothing here needs them.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::infer) enum Array {
    Texts(Vec<String>),
    /// Integers and floats, of which token ids and types are far below 2^53; yes and no as 1 and 0.
    Numbers(Vec<f64>),
}

impl Value {
    /// As a whole number of zero or more.
    pub fn as_u64(&self) -> Option<u64> {
        match self {
            Self::Unsigned(number) => Some(*number),
            Self::Signed(number) => u64::try_from(*number).ok(),
            Self::Float(_) | Self::Bool(_) | Self::Text(_) | Self::Array(_) => None,
        }
    }

    /// As any number; yes is 1, no is 0.
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Self::Unsigned(number) => Some(*number as f64),
            Self::Signed(number) => Some(*number as f64),
            Self::Float(number) => Some(*number),
            Self::Bool(flag) => Some(f64::from(u8::from(*flag))),
            Self::Text(_) | Self::Array(_) => None,
        }
    }
}

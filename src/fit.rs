//! Fitting the constants of single-stream speed to published measurements.
//!
//! Leaves out whole devices, platforms and model families to see how wrong the form is on machines it never saw, and
//! writes constants and bands as RON. The formulas are `sizing`'s and the rows are read by `validate`; nothing here is used
//! when the program sizes a plan.

pub mod bands;
pub mod left_out;
pub mod own_rows;
pub mod record;
pub mod serving;
pub mod set_aside;
pub mod single_stream;
pub mod solve;

pub use single_stream::{Fit, fit};

use crate::sizing::speed::FittedSpeed;

/// A fit as the text of the file that the program compiles in.
///
/// # Errors
/// A value that RON cannot write; there is none in a fit.
pub fn to_ron_string(fitted: &FittedSpeed) -> Result<String, ron::Error> {
    let pretty = ron::ser::PrettyConfig::new().indentor("    ").depth_limit(4);
    let body = ron::ser::to_string_pretty(fitted, pretty)?;
    Ok(format!(
        "// Constants and bands of single-stream speed. Written by `sizewright fit`: do not edit by hand.\n\
         // Times in milliseconds, the rest plain factors; each constant is explained in src/sizing/speed/constants.rs.\n\
         {body}\n"
    ))
}

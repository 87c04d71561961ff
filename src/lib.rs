//! Sizewright: which language model fits your hardware, your rack, your budget and your readers' patience, and why.
//!
//! The rooms, in reading order. An arrow means "is known by"; nothing on the left ever names what is on its right:
//!
//! ```text
//! units <- catalog <- sizing <- {import, rack, accuracy <- validate <- fit} <- project <- export <- {cli, ui}
//! units <- infer <- {import, cli, ui}
//! {sizing, infer} <- quantize <- {cli, ui}
//! ```

pub mod accuracy;
pub mod catalog;
pub mod cli;
pub mod export;
pub mod fit;
pub mod import;
#[cfg(feature = "infer")]
pub mod infer;
pub mod project;
#[cfg(feature = "infer")]
pub mod quantize;
pub mod rack;
pub mod sizing;
#[cfg(feature = "gui")]
pub mod ui;
pub mod units;
pub mod validate;

//! Facts: models, devices, servers, racks, prices and grids, each with its source and date.
//!
//! A catalog entry says what somebody published or what a user typed, and nothing that follows from it: bytes, speeds and
//! costs are `sizing`'s. A value nobody published is `None` and is shown as unknown, never as zero.
//!
//! Two catalogs meet in the app: the built-in one (`data/*.ron`, compiled in) and the user's [`Layer`] over it, which
//! travels with the plan and is never overwritten by a newer built-in catalog.

mod bounded;
mod builtin;
mod date;
mod day;
mod device;
mod difference;
mod engine_profile;
mod error;
mod file;
mod format;
mod format_loss;
mod grid;
mod id;
mod kept;
mod layer;
mod measurement;
mod merge;
mod model;
mod own_run;
mod price;
mod provenance;
mod quantity_fields;
mod rack_type;
mod server;
mod shapes_text;
mod site;
mod size_band;
mod table;
pub mod validate;
mod weight_mix;
mod whole_file;
mod words;

pub use builtin::FILES as BUILTIN_FILES;
pub use date::Date;
pub use day::day_of;
pub use device::{Device, DeviceClass, DeviceFacts, MemoryKind, Rates, VectorIsa};
pub use difference::{Change, Difference, FieldChange, differences, field_changes, fields};
pub use engine_profile::{EngineProfile, EngineSettings, Reserved};
pub use error::CatalogError;
pub use file::{FORMAT_VERSION, MAX_FILE_BYTES, MOST_ENTRIES, too_many_entries};
pub use format::{Engine, KvFormat, TensorGroup, TensorType, WeightFormat};
pub use format_loss::FormatLoss;
pub use grid::{ElectricityPrice, Grid};
pub use id::{
    ApiPriceId, DeviceId, ElectricityPriceId, EngineProfileId, FormatLossId, GridId, ModelId, RackTypeId, ServerId,
    SiteId, WeightMixId,
};
pub use kept::Kept;
pub(crate) use kept::every_kind;
pub use layer::{Catalog, EntryState, Excerpt, Layer};
pub use measurement::{Certainty, Match, MeasuredValue, Measurement, Placement, Reading, Recognised};
pub use merge::{EntryKey, MergeItem, MergeStanding, merge_items};
pub use model::{
    Architecture, Experts, LatentProjections, LayerGroup, LayerState, Model, ModelKind, QualityScore, Towers,
};
pub use own_run::{LiveRun, OwnRun, RunTokens};
pub use price::ApiPrice;
pub use provenance::{FieldNote, Provenance, Standing};
pub use rack_type::RackType;
pub use server::{FittedDevice, PowerSupplies, Server, ServerCooling, ServerPower, ServerRole};
pub use site::Site;
pub use size_band::{SizeBand, Taxonomy, nominal_billions};
pub use table::{Entry, Table};
pub use validate::validate;
pub use weight_mix::WeightMix;
pub use whole_file::{CHANGED, NotWhole, Stamp, read_whole};

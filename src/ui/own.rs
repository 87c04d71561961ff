//! Measurements of the user's own: reading them from files after a look at what was read, and the list of those the plan
//! holds, and the machine they were made on. What they do to estimates is `sizing::calibration`'s.

mod list;
mod machine;
mod reading;
mod review;

pub use list::list_ui;
pub use machine::{FormReply, MachineForm, MachineProbe};
pub use reading::{Read, Reading};
pub use review::{Reply as ReviewReply, Review};

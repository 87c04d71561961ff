//! A file of either kind as text, parsed once: only what follows is looked at, the rest is stepped over.

use serde::Deserialize;

use super::value::{self, Loose};
use crate::import::ImportError;

/// What is looked at of a device type or a rack type. The lists of a device have hyphens in their names, its values have
/// none.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Yaml {
    pub manufacturer: Option<Loose>,
    pub model: Option<Loose>,
    pub slug: Option<Loose>,
    pub part_number: Option<Loose>,
    pub description: Option<Loose>,
    pub u_height: Option<Loose>,
    pub is_full_depth: Option<Loose>,
    pub airflow: Option<Loose>,
    pub weight: Option<Loose>,
    pub max_weight: Option<Loose>,
    pub weight_unit: Option<Loose>,
    pub subdevice_role: Option<Loose>,
    pub form_factor: Option<Loose>,
    pub width: Option<Loose>,
    pub outer_depth: Option<Loose>,
    pub outer_unit: Option<Loose>,
    #[serde(rename = "power-ports")]
    pub power_ports: Option<Vec<Port>>,
    #[serde(rename = "power-outlets")]
    pub power_outlets: Option<Vec<Named>>,
    pub interfaces: Option<Vec<Named>>,
    #[serde(rename = "console-server-ports")]
    pub console_server_ports: Option<Vec<Named>>,
    #[serde(rename = "device-bays")]
    pub device_bays: Option<Vec<Named>>,
}

/// One inlet of a device.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Port {
    pub maximum_draw: Option<Loose>,
    pub allocated_draw: Option<Loose>,
}

/// One of the other things a device has several of.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Named {
    pub name: Option<Loose>,
    pub mgmt_only: Option<Loose>,
}

impl Yaml {
    /// Whether it is a rack type.
    pub fn is_rack(&self) -> bool {
        let of_a_rack = self.form_factor.is_some() || self.max_weight.is_some() || self.outer_depth.is_some();
        of_a_rack && self.is_full_depth.is_none()
    }
}

/// Parses a text.
///
/// # Errors
/// What is no YAML, larger or deeper than such files are, or of another shape; with its place.
pub(super) fn parse(name: &str, text: &str) -> Result<Yaml, ImportError> {
    serde_saphyr::from_str_with_options(text, value::options()).map_err(|error| {
        let place = error.location().map(|at| format!("line {}, column {}: ", at.line(), at.column()));
        let said = error.to_string();
        // The crate puts the place in front of its words.
        let said = said
            .split_once("column ")
            .and_then(|(_, rest)| rest.split_once(": "))
            .map_or(said.as_str(), |(_, words)| words);
        let said: String = said.lines().next().unwrap_or_default().chars().take(200).collect();
        ImportError::File {
            file: name.to_owned(),
            message: format!("{}not such YAML: {said}", place.unwrap_or_default()),
        }
    })
}

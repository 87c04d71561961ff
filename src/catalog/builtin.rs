//! The catalog that comes with the program: the files under `data/`, compiled in and read once, and the default settings of the
//! engines it has formulas for.

use std::sync::LazyLock;

use super::{Catalog, CatalogError, EngineProfile, Layer, validate};

macro_rules! data_files {
    ($($path:literal),+ $(,)?) => { &[$(($path, include_str!(concat!("../../", $path)))),+] };
}

/// Path and text of every file of the built-in catalog.
pub const FILES: &[(&str, &str)] = data_files![
    "data/models/deepseek.ron",
    "data/models/google.ron",
    "data/models/llama.ron",
    "data/models/microsoft.ron",
    "data/models/mistral.ron",
    "data/models/nvidia.ron",
    "data/models/open-science.ron",
    "data/models/openai.ron",
    "data/models/others.ron",
    "data/models/qwen.ron",
    "data/models/zhipu-moonshot-minimax.ron",
    "data/devices/accelerators-other.ron",
    "data/devices/amd-epyc-threadripper.ron",
    "data/devices/amd-graphics.ron",
    "data/devices/amd-ryzen.ron",
    "data/devices/apple.ron",
    "data/devices/arm-servers.ron",
    "data/devices/boards-and-phones.ron",
    "data/devices/intel-accelerators.ron",
    "data/devices/intel-core.ron",
    "data/devices/intel-xeon.ron",
    "data/devices/nvidia-datacenter.ron",
    "data/devices/nvidia-edge.ron",
    "data/devices/nvidia-geforce.ron",
    "data/devices/nvidia-workstation.ron",
    "data/devices/server-processors.ron",
    "data/servers/accelerators.ron",
    "data/servers/fittings.ron",
    "data/servers/processors.ron",
    "data/servers/shelves.ron",
    "data/rack_types.ron",
    "data/grids.ron",
    "data/electricity_prices.ron",
    "data/api_prices.ron",
    "data/format_losses.ron",
    "data/sites.ron",
];

static BUILTIN: LazyLock<Result<Catalog, CatalogError>> = LazyLock::new(|| {
    let mut all = Catalog::from_files(FILES)?;
    for profile in EngineProfile::defaults() {
        all.engine_profiles.put(profile);
    }
    Ok(all)
});

impl Catalog {
    /// The built-in catalog. It is read at the first call and kept.
    ///
    /// # Errors
    /// The first thing wrong with a data file; the tests see to it that there is nothing.
    pub fn builtin() -> Result<&'static Self, &'static CatalogError> {
        BUILTIN.as_ref()
    }

    /// A catalog of one file's text, for tests and for other people's whole catalogs. `file` is its name for messages.
    ///
    /// # Errors
    /// As [`Catalog::from_files`].
    pub fn from_ron_str(file: &str, text: &str) -> Result<Self, CatalogError> {
        Self::from_files(&[(file, text)])
    }

    /// A catalog of several files, each a name and a text.
    ///
    /// # Errors
    /// A file that does not parse, an impossible value, an id used twice, a reference to nothing, or a file that takes
    /// entries out: there is nothing here to take them out of.
    pub fn from_files(files: &[(&str, &str)]) -> Result<Self, CatalogError> {
        let mut all = Self::default();
        for (file, text) in files {
            let layer = Layer::from_ron_str(file, text)?;
            if let Some(kind) = layer.first_removed() {
                return Err(CatalogError::Parse {
                    file: (*file).to_owned(),
                    message: format!("removed_{kind}: a catalog of its own has nothing to remove; leave the list out"),
                });
            }
            all.take(file, layer)?;
        }
        match validate::references("the catalog", &all).into_iter().next() {
            Some(error) => Err(error),
            None => Ok(all),
        }
    }
}

//! What ran in this program's own engine, in the words of the catalog: which of its models a file is, how its weights are
//! stored, and the run's figures as measurements of a device.
//!
//! Names decide, as for imported benchmark results. Where they do not, nothing is taken for anything: a run of an unknown
//! model says nothing about a known one.

use std::path::Path;

use super::recognise::described;
use super::{Importer, Known};
use crate::catalog::{
    Catalog, Certainty, Date, DeviceId, KvFormat, Match, Measurement, ModelId, OwnRun, Recognised, WeightFormat,
};
use crate::infer::{self, ModelHeader};

/// The entry of the model that ships with the program.
const EMBEDDED: &str = "smollm2-135m";
/// Its file's type.
const EMBEDDED_FORMAT: WeightFormat = WeightFormat::Q4_1;
/// Tokens an answer needs for its speed to be one: of two or three, one late wake-up of a thread decides.
pub const LEAST_TOKENS: usize = 16; // own choice, 2026-11-29

/// What ran.
#[derive(Clone, Debug, PartialEq)]
pub struct Ran {
    /// The model, and its entry in the catalog where one is recognised.
    pub model: Recognised<ModelId>,
    /// How its weights are stored. `None`: neither the name nor the tensors say for certain.
    pub format: Option<WeightFormat>,
}

impl Ran {
    /// The model that ships with the program.
    pub fn embedded(catalog: &Catalog) -> Self {
        let id = ModelId::new(EMBEDDED);
        let there = catalog.models.get(&id).is_some();
        let entry = there.then_some(Match { id, certainty: Certainty::Certain });
        Self { model: Recognised { text: EMBEDDED.to_owned(), entry }, format: Some(EMBEDDED_FORMAT) }
    }

    /// A file, by its name; where that says nothing, as with files named after their own checksum, by the one in the
    /// header, and by the file type there.
    pub fn of_file(path: &Path, header: Option<&ModelHeader>, catalog: &Catalog) -> Self {
        let importer = Importer::new(catalog, Known::default());
        let file = path.file_name().unwrap_or_default().to_string_lossy();
        let parameters = header.map(|header| header.parameters);
        let (mut model, mut format) = importer.gguf_file(&file, parameters);
        if let Some(header) = header {
            let (inside, said) = importer.gguf_file(&header.name, parameters);
            if model.entry.is_none() {
                model = inside;
            }
            format = format.or(said).or_else(|| format_in(header));
        }
        Self { model, format }
    }

    /// Its entry in the catalog and its format, without which nothing measured of it can be held against an estimate.
    ///
    /// # Errors
    /// What is missing, in words.
    pub fn known(&self) -> Result<(&ModelId, WeightFormat), String> {
        let missing = |what: &str| format!("{what} this file is, its name does not say for certain");
        let id = self.model.id().ok_or_else(|| missing("which of the catalog's models"))?;
        Ok((id, self.format.ok_or_else(|| missing("in which format"))?))
    }

    /// What all figures of its run on this machine share. `processor`: as the system names it.
    pub fn run_here(
        &self,
        processor: Option<&str>,
        threads: u32,
        date: Date,
        cache: Option<infer::KvFormat>,
    ) -> OwnRun {
        OwnRun {
            machine: processor.unwrap_or("this machine").to_owned(),
            threads,
            date,
            model: self.model.id().cloned(),
            format: self.format,
            cache: cache.map(kv_format),
        }
    }

    /// Figures of its run as measurements of a device of the plan.
    pub fn measured_on(&self, device: &DeviceId, mut rows: Vec<Measurement>) -> Vec<Measurement> {
        for row in &mut rows {
            row.model = self.model.clone();
            row.device.entry = Some(Match { id: device.clone(), certainty: Certainty::Certain });
        }
        rows
    }
}

/// How keys and values are stored, in the words of the catalog.
pub const fn kv_format(cache: infer::KvFormat) -> KvFormat {
    match cache {
        infer::KvFormat::F16 => KvFormat::F16,
        infer::KvFormat::Q8_0 => KvFormat::Q8_0,
    }
}

/// The format a header tells: by its file type, and without one by the type with the most bytes, which of a mix need not
/// be the one it is named after: rows that do not divide into blocks of 256 are stored in another.
pub fn format_in(header: &ModelHeader) -> Option<WeightFormat> {
    match header.file_type {
        Some(words) => described(words),
        None => exact_format(&header.tensor_type),
    }
}

/// The file type of this very name. `None`: the tensor type is that of a mix, of which there are several.
pub fn exact_format(tensor_type: &str) -> Option<WeightFormat> {
    WeightFormat::ALL.iter().copied().find(|format| format.label() == tensor_type)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::infer::{embedded_model, inspect};

    fn header() -> ModelHeader {
        inspect(&embedded_model().expect("it ships with the program")).expect("it is sound")
    }

    fn recognised(file: &str, name: &str, parameters: u64) -> (Option<String>, Option<WeightFormat>) {
        let mut header = ModelHeader { file_type: None, ..header() };
        (header.name, header.parameters, header.tensor_type) = (name.to_owned(), parameters, "Q4_K".to_owned());
        let ran = Ran::of_file(Path::new(file), Some(&header), Catalog::builtin().expect("sound"));
        (ran.model.id().map(ToString::to_string), ran.format)
    }

    #[test]
    fn a_file_is_the_catalogs_model_by_its_name_or_the_one_inside_and_else_none() {
        let llama = Some("llama-3.1-8b".to_owned());
        let q4_k_m = Some(WeightFormat::Q4KM);
        for (file, name, parameters, wanted) in [
            ("/a/Llama-3.1-8B-Instruct-Q4_K_M.gguf", "", 8_030_261_248, (llama.clone(), q4_k_m)),
            // Ollama names files after their checksum; a mix is not known by its prevailing type.
            ("/a/sha256-ab12", "Llama 3.1 8B Instruct", 8_030_261_248, (llama, None)),
            // The name says one thing, the weights another.
            ("/a/Llama-3.1-8B-Instruct-Q4_K_M.gguf", "", 134_515_008, (None, q4_k_m)),
            ("/a/my-own-model.gguf", "my own model", 8_030_261_248, (None, None)),
        ] {
            assert_eq!(recognised(file, name, parameters), wanted, "{file} {name}");
        }
    }

    #[test]
    fn a_file_named_after_its_checksum_is_of_the_type_its_header_tells_whatever_prevails_in_it() {
        let format = |file_type, tensor_type: &str| {
            let header = ModelHeader { file_type, tensor_type: tensor_type.to_owned(), ..header() };
            Ran::of_file(Path::new("/a/sha256-ab12"), Some(&header), Catalog::builtin().expect("sound")).format
        };
        for (file_type, tensor_type, wanted) in [
            (Some("Q4_K - Medium"), "Q4_K", Some(WeightFormat::Q4KM)),
            // Its rows do not divide into blocks of 256.
            (Some("Q4_K - Medium"), "Q5_0", Some(WeightFormat::Q4KM)),
            (Some("Q4_K - Small"), "Q4_K", Some(WeightFormat::Q4KS)),
            (Some("MXFP4 MoE"), "MXFP4", Some(WeightFormat::Mxfp4)),
            (Some("all F32"), "F32", Some(WeightFormat::F32)),
            (None, "Q8_0", Some(WeightFormat::Q8_0)),
            (None, "Q4_K", None),
        ] {
            assert_eq!(format(file_type, tensor_type), wanted, "{file_type:?} {tensor_type}");
        }
    }

    #[test]
    fn the_model_that_ships_with_the_program_is_in_the_catalog_in_its_own_format() {
        let path = embedded_model().expect("it ships with the program");
        let header = inspect(&path).expect("it is sound");
        assert_eq!(format_in(&header), Some(EMBEDDED_FORMAT));
        let ran = Ran::embedded(Catalog::builtin().expect("sound"));
        assert_eq!(ran.model.id(), Some(&ModelId::new(EMBEDDED)));
        assert_eq!(ran.format, exact_format(&header.tensor_type));
    }
}

//! Models by file or repository name and by number of parameters.
//!
//! A catalog entry is meant where all words of its id stand in the name; of several the one with the most words. The
//! parameters a program counted must agree, where both are known. Without a name, architecture and parameters decide.

use super::super::{Reader, report::Findings};
use super::{format, some_names};
use crate::catalog::{Architecture, Certainty, Match, Model, ModelId, Recognised};

/// How far two counts of parameters of one model may lie apart: published figures are rounded to two or three digits,
/// and layers that guess further tokens are counted by some (DeepSeek V3: 671 against 685 billion).
const PARAMETER_TOLERANCE: f64 = 0.03;

/// The same where parameters are all there is to go by.
const STRICT_TOLERANCE: f64 = 0.01;

/// Words of a name that change neither shapes nor speed.
const HARMLESS: &[&str] = &[
    "instruct",
    "it",
    "chat",
    "base",
    "hf",
    "ud",
    "imatrix",
    "imat",
    "gguf",
    "meta",
    "ggml",
    "model",
    "thinking",
    "text",
    "preview",
    "awq",
    "gptq",
    "int",
    "w",
    "a",
    "fp",
    "bf",
    "f",
    "quantized",
    "dynamic",
    "bnb",
    "bit",
    "pt",
    "qat",
    "mxfp",
    "nvfp",
    "i",
    "v",
    "of",
    "the",
    "google",
    "microsoft",
    "nvidia",
    "ibm",
    "mistralai",
    "unsloth",
    "bartowski",
    "latest",
];

/// What a file says about a model.
pub(in super::super) struct ModelWords<'a> {
    /// Path of a file, or name of a repository. May be empty.
    pub file: &'a str,
    /// What the program calls it, for example "llama 8B Q4_K - Medium". May be empty.
    pub description: &'a str,
    /// Parameters it counted.
    pub parameters: Option<u64>,
}

/// A model of the catalog, ready to be compared.
pub(in super::super) struct Known {
    id: ModelId,
    name: String,
    family: String,
    parameters: Option<u64>,
    words: Vec<String>,
}

impl Known {
    pub fn new(model: &Model) -> Self {
        Self {
            id: model.id.clone(),
            name: model.name.clone(),
            family: leading_letters(&model.family.to_lowercase()).to_owned(),
            parameters: model.parameters_total,
            words: words(model.id.as_str()),
        }
    }

    fn has_parameters(&self, wanted: Option<u64>, tolerance: f64) -> bool {
        match (self.parameters, wanted) {
            (Some(own), Some(wanted)) => (own as f64 / wanted as f64 - 1.0).abs() <= tolerance,
            (_, _) => true,
        }
    }
}

/// A model's entry in words, for remarks.
pub(in super::super) fn named(model: &Recognised<ModelId>) -> String {
    model.id().map_or_else(|| "nothing in the catalog".to_owned(), |id| format!("`{id}`"))
}

/// The model some words stand for.
pub(in super::super) fn model(
    reader: &Reader<'_>,
    said: &ModelWords<'_>,
    findings: &mut Findings,
) -> Recognised<ModelId> {
    // Of a path only the last part is kept: where somebody stores models is nobody's business.
    let file = said.file.rsplit(['/', '\\']).find(|part| !part.is_empty()).unwrap_or_default();
    let text = if file.is_empty() { said.description } else { file }.to_owned();
    if let Some(id) = &reader.known.model {
        let entry = Some(Match { id: id.clone(), certainty: Certainty::Certain });
        return Recognised { text, entry };
    }
    if text.is_empty() {
        findings.missing("the model: the file does not name it, say which it was");
        return Recognised { text, entry: None };
    }
    let entry = by_name(reader, file, said.parameters).or_else(|| by_parameters(reader, &text, said, findings));
    if entry.is_none() {
        findings
            .missing(format!("the model: `{text}` is none of the catalog's for certain; add it, or say which it was"));
    }
    Recognised { text, entry }
}

fn by_name(reader: &Reader<'_>, file: &str, parameters: Option<u64>) -> Option<Match<ModelId>> {
    let found = words(format::without_gguf_format(file));
    let fitting: Vec<&Known> = reader
        .index
        .models
        .iter()
        .filter(|known| known.words.iter().all(|word| found.contains(word)))
        .filter(|known| known.has_parameters(parameters, PARAMETER_TOLERANCE))
        .collect();
    let most = fitting.iter().map(|known| known.words.len()).max()?;
    let mut best = fitting.iter().filter(|known| known.words.len() == most);
    let (Some(known), None) = (best.next(), best.next()) else { return None };
    let harmless = |word: &&String| {
        known.words.contains(word)
            || HARMLESS.contains(&word.as_str())
            || word.chars().all(|c| c.is_ascii_digit() || c == '.')
    };
    let certainty = if found.iter().all(|word| harmless(&word)) { Certainty::Certain } else { Certainty::Likely };
    Some(Match { id: known.id.clone(), certainty })
}

fn by_parameters(
    reader: &Reader<'_>,
    text: &str,
    said: &ModelWords<'_>,
    findings: &mut Findings,
) -> Option<Match<ModelId>> {
    let architecture = said.description.split_whitespace().next()?.to_lowercase();
    let letters = leading_letters(&architecture);
    said.parameters?;
    let sized: Vec<&Known> = reader
        .index
        .models
        .iter()
        .filter(|known| known.parameters.is_some() && known.has_parameters(said.parameters, STRICT_TOLERANCE))
        .collect();
    let mut fitting: Vec<&Known> = sized.iter().copied().filter(|known| known.family == letters).collect();
    // Mistral, SmolLM, Yi and many others are llamas to llama.cpp.
    if fitting.is_empty() && architecture == "llama" {
        fitting = sized;
    }
    // What a source words differently is the same shape.
    let shapes = |known: &Known| {
        let architecture = reader.catalog.models.get(&known.id)?.architecture.clone()?;
        Some(Architecture { attention_text: None, ..architecture })
    };
    let (first, others) = fitting.split_first()?;
    let alike = others.iter().all(|other| shapes(first).is_some() && shapes(first) == shapes(other));
    if !alike {
        let names: Vec<&str> = fitting.iter().map(|known| known.name.as_str()).collect();
        findings.missing(format!("the model: `{text}` may be {}", some_names(&names)));
        return None;
    }
    let certainty = if others.is_empty() && architecture != "llama" { Certainty::Likely } else { Certainty::Guessed };
    Some(Match { id: first.id.clone(), certainty })
}

fn leading_letters(text: &str) -> &str {
    text.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default()
}

/// Small words of a name: "Qwen2.5-7B" is qwen, 2.5, 7b. Letters followed by a digit are parted, digits followed by
/// letters are not, and a dot counts between digits only.
fn words(name: &str) -> Vec<String> {
    let lower = name.to_lowercase();
    let lower = lower.strip_suffix(".gguf").unwrap_or(&lower);
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    let mut characters = lower.chars().peekable();
    while let Some(c) = characters.next() {
        let before_digit = characters.peek().is_some_and(char::is_ascii_digit);
        if c.is_alphanumeric() || (c == '.' && before_digit && word.ends_with(|c: char| c.is_ascii_digit())) {
            word.push(c);
            if c.is_alphabetic() && before_digit {
                words.push(std::mem::take(&mut word));
            }
        } else if !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn a_name_falls_into_the_words_its_makers_join_in_many_ways() {
        for (name, expected) in [
            ("Qwen2.5-7B-Instruct.gguf", vec!["qwen", "2.5", "7b", "instruct"]),
            ("llama3.1:8b", vec!["llama", "3.1", "8b"]),
            ("SmolLM2-135M-Instruct.Q", vec!["smollm", "2", "135m", "instruct", "q"]),
            ("", vec![]),
        ] {
            assert_eq!(words(name), expected, "{name}");
        }
    }
}

//! From what was typed to a catalog entry; where there is none, the ids that come nearest.

use std::str::FromStr;

use super::UsageError;
use crate::catalog::{Entry, Table};

/// How many near ids are named.
const NEAREST: usize = 5;

/// The entry with the id `typed`, upper and lower case alike.
///
/// # Errors
/// There is none: the message names the nearest ids.
pub fn entry<'a, T>(table: &'a Table<T>, typed: &str) -> Result<&'a T, UsageError>
where
    T: Entry,
    T::Id: for<'b> From<&'b str>,
{
    table.get(&typed.to_lowercase().as_str().into()).ok_or_else(|| {
        let near = nearest(typed, table.iter().map(|entry| (entry.id().to_string(), entry.name())));
        UsageError(format!("there is no {} `{typed}` in the catalog; the nearest: {}", T::KIND, near.join(", ")))
    })
}

/// The format with the name `typed`, for a clap `value_parser`.
///
/// # Errors
/// There is none: the message names the nearest.
pub fn format<F: FromStr + Copy>(typed: &str, all: &[F], id: fn(F) -> &'static str) -> Result<F, String> {
    typed.parse().map_err(|_| {
        let near = nearest(typed, all.iter().map(|&format| (id(format).to_owned(), id(format))));
        format!("no such format; the nearest: {}", near.join(", "))
    })
}

/// The ids most like what was typed, best first: those that hold it whole, then by likeness of id or name.
fn nearest<'a>(typed: &str, known: impl Iterator<Item = (String, &'a str)>) -> Vec<String> {
    let typed = slug(typed);
    let mut ranked: Vec<(f64, String)> = known
        .map(|(id, name)| {
            let as_slug = slug(&id);
            let holds = if !typed.is_empty() && as_slug.contains(&typed) { 1.0 } else { 0.0 };
            let likeness = strsim::jaro_winkler(&typed, &as_slug).max(strsim::jaro_winkler(&typed, &slug(name)));
            (holds + likeness, id)
        })
        .collect();
    ranked.sort_by(|(a, a_id), (b, b_id)| b.total_cmp(a).then_with(|| a_id.cmp(b_id)));
    ranked.into_iter().take(NEAREST).map(|(_, id)| id).collect()
}

/// Lower case with single hyphens, as ids are written.
fn slug(text: &str) -> String {
    let words: Vec<String> = text
        .split(|c: char| !c.is_alphanumeric() && c != '.')
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    words.join("-")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::WeightFormat;

    #[test]
    fn a_wrong_format_leads_to_the_right_one() {
        for (typed, first) in [("q4km", "q4_k_m"), ("Q4-K-M", "q4_k_m"), ("iq4", "iq4_nl"), ("mlx 4", "mlx-4bit")] {
            let error = format(typed, WeightFormat::ALL, WeightFormat::id).unwrap_err();
            assert!(error.contains(first), "{typed}: {error}");
        }
        assert_eq!(format("Q4_K_M", WeightFormat::ALL, WeightFormat::id), Ok(WeightFormat::Q4KM));
    }

    #[test]
    fn a_wrong_id_leads_to_the_right_one() {
        let known = [
            ("llama-3.1-8b", "Llama 3.1 8B Instruct"),
            ("llama-3.1-70b", "Llama 3.1 70B Instruct"),
            ("qwen3-8b", "Qwen3 8B"),
            ("nvidia-geforce-rtx-4090", "GeForce RTX 4090"),
            ("nvidia-geforce-rtx-5090", "GeForce RTX 5090"),
        ];
        for (typed, first) in [
            ("llama3.1-8b", "llama-3.1-8b"),
            ("Llama 3.1 70B", "llama-3.1-70b"),
            ("rtx-4090", "nvidia-geforce-rtx-4090"),
            ("GeForce RTX 5090", "nvidia-geforce-rtx-5090"),
            ("qwen-8b", "qwen3-8b"),
        ] {
            let near = nearest(typed, known.iter().map(|&(id, name)| (id.to_owned(), name)));
            assert_eq!(near[0], first, "{typed}");
        }
        assert!(nearest("x", std::iter::empty()).is_empty());
    }
}

//! Models in several files: `name-00001-of-00003.gguf` and its like, each with a header of its own.
//!
//! The first carries the metadata, all say how many they are, which one they are and how many tensors there are together
//! (`split.count`, `split.no` from 0, `split.tensors.count`; llama.cpp `src/llama-model-loader.cpp`, read 2026-11-20). All
//! must be there and agree before anything is read.

use std::path::Path;

use super::super::InferError;
use super::Gguf;

/// How many files the model lies in.
const COUNT: &str = "split.count";
/// Which of them this is, from 0.
const NUMBER: &str = "split.no";
/// Tensors of all files.
const TENSORS: &str = "split.tensors.count";
/// Files of one model; the largest published have some 60.
pub(in crate::infer) const MOST_PARTS: u64 = 1024;
/// Tensors of all files together, see `MOST_TENSORS`.
const MOST_TENSORS: usize = super::MOST_TENSORS as usize;

/// A name such as `model-00002-of-00003`, without its ending: what stands before, the part's number and how many.
pub(in crate::infer) fn part_name(stem: &str) -> Option<(&str, u64, u64)> {
    let number = |text: &str| {
        (text.len() == 5 && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok()).flatten()
    };
    let (before, count) = stem.rsplit_once("-of-")?;
    let (name, part) = before.rsplit_once('-')?;
    Some((name, number(part)?, number(count)?))
}

/// Whether a file's name says it is not the first part of a model.
pub(in crate::infer) fn is_later_part(stem: &str) -> bool {
    part_name(stem).is_some_and(|(_, part, _)| part != 1)
}

/// Adds the further parts to the first. A model in one file is given back as it is.
pub(super) fn gather(mut first: Gguf) -> Result<Gguf, InferError> {
    let count = first.count(COUNT)?.unwrap_or(1);
    if count <= 1 {
        return Ok(first);
    }
    if count > MOST_PARTS {
        return Err(first.wrong(COUNT, format!("{count} parts are more than the {MOST_PARTS} this program allows")));
    }
    let stem = first.path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let number = first.count(NUMBER)?.unwrap_or(0);
    let named = part_name(&stem).filter(|&(_, part, of)| part == number.saturating_add(1) && of == count);
    let Some((name, ..)) = named else {
        let problem = format!(
            "it is part {} of {count}, so its name must end in -{:05}-of-{count:05}.gguf",
            number.saturating_add(1),
            number.saturating_add(1)
        );
        return Err(first.wrong(NUMBER, problem));
    };
    if number != 0 {
        let problem = format!("it is part {} of {count}: open {name}-00001-of-{count:05}.gguf", number + 1);
        return Err(first.wrong(NUMBER, problem));
    }
    let wanted = first.count(TENSORS)?;
    for number in 1..count {
        let file = format!("{name}-{:05}-of-{count:05}.gguf", number + 1);
        let path = first.path.with_file_name(&file);
        if !path.exists() {
            return Err(first.wrong(COUNT, format!("part {} of {count} is missing: {file}", number + 1)));
        }
        add(&mut first, &path, number, count)?;
    }
    if let Some(wanted) = wanted.filter(|&wanted| wanted != first.order.len() as u64) {
        let problem = format!("the {count} parts hold {} tensors, not {wanted}", first.order.len());
        return Err(first.wrong(TENSORS, problem));
    }
    Ok(first)
}

fn add(first: &mut Gguf, path: &Path, number: u64, count: u64) -> Result<(), InferError> {
    let part = Gguf::open_one(path)?;
    for (key, wanted) in [(COUNT, count), (NUMBER, number)] {
        let found = part.count(key)?;
        if found != Some(wanted) {
            let found = found.map_or_else(|| "nothing".to_owned(), |found| found.to_string());
            return Err(part.wrong(key, format!("it says {found} where part {} of {count} says {wanted}", number + 1)));
        }
    }
    if first.order.len() + part.order.len() > MOST_TENSORS {
        return Err(part.wrong(TENSORS, format!("all parts together hold more than {MOST_TENSORS} tensors")));
    }
    let place = first.parts.len();
    for (name, mut tensor) in part.tensors {
        tensor.part = place;
        if first.tensors.contains_key(&name) {
            return Err(InferError::malformed(path, name, "the tensor is in an earlier part already"));
        }
        first.tensors.insert(name, tensor);
    }
    first.order.extend(part.order);
    first.file_bytes = first.file_bytes.saturating_add(part.file_bytes);
    first.parts.extend(part.parts);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_five_digits_on_both_sides_make_a_part() {
        assert_eq!(part_name("m-00002-of-00003"), Some(("m", 2, 3)));
        assert_eq!(part_name("a-b-00001-of-00010"), Some(("a-b", 1, 10)));
        for no in ["m", "m-2-of-3", "m-00002-of-3", "m-0000x-of-00003", "00002-of-00003", "one-of-many"] {
            assert_eq!(part_name(no), None, "{no}");
        }
        assert!(is_later_part("m-00002-of-00003") && !is_later_part("m-00001-of-00003") && !is_later_part("m"));
    }
}

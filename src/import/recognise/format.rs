//! Weight formats by the names files and programs give them.
//!
//! llama.cpp's own descriptions ("Q4_K - Medium") are those of `llama_ftype_name`, `src/llama-model-loader.cpp`,
//! read 2026-11.

use crate::catalog::WeightFormat;

/// The format of a GGUF file: what the program read in its header, else what its name says. A "dynamic" mix is known by
/// its name only: its header names the mix it began with.
pub(in super::super) fn gguf_format(file: &str, description: &str) -> Option<WeightFormat> {
    let by_name = find(file).map(|(format, _)| format);
    match by_name {
        Some(WeightFormat::UdQ3KXl | WeightFormat::UdQ4KXl | WeightFormat::UdQ6KXl) => by_name,
        _ => described(description).or(by_name),
    }
}

/// A file's name up to where its format begins.
pub(super) fn without_gguf_format(file: &str) -> &str {
    find(file).and_then(|(_, at)| file.get(..at)).unwrap_or(file)
}

/// The format a served model's name or the server's own setting says. `None`: neither does; mostly its own 16 bits.
pub(in super::super) fn serving_format(name: &str, quantization: Option<&str>) -> Option<WeightFormat> {
    let marks = |text: &str| -> Option<WeightFormat> {
        let upper = text.to_uppercase();
        let has = |mark: &str| upper.contains(mark);
        match () {
            () if has("MXFP4") || has("GPT-OSS") => Some(WeightFormat::Mxfp4),
            () if has("FP4") => Some(WeightFormat::Nvfp4),
            () if has("FP8") => Some(WeightFormat::Fp8),
            () if has("W8A8") || has("INT8") => Some(WeightFormat::Int8),
            () if has("AWQ") || has("GPTQ") || has("W4A16") || has("INT4") => Some(WeightFormat::Int4G128),
            () if has("BNB-4BIT") || has("BITSANDBYTES") => Some(WeightFormat::Nf4),
            () if has("BF16") => Some(WeightFormat::Bf16),
            () => None,
        }
    };
    quantization.and_then(marks).or_else(|| marks(name)).or_else(|| find(name).map(|(format, _)| format))
}

/// The format in a description such as "llama 8B Q4_K - Medium" or "gpt-oss 20B MXFP4 MoE".
pub(in super::super) fn described(description: &str) -> Option<WeightFormat> {
    let short = description
        .replace("IQ3_S mix", "IQ3_M")
        .replace("Q2_K - Medium", "Q2_K")
        .replace(" - Small", "_S")
        .replace(" - Medium", "_M")
        .replace(" - Large", "_L");
    find(&short).map(|(format, _)| format)
}

/// The longest format label standing by itself in a text, and where it begins.
fn find(text: &str) -> Option<(WeightFormat, usize)> {
    // ASCII only, so that positions stay those of `text`.
    let upper = text.to_ascii_uppercase();
    let alone = |at: usize, length: usize| {
        let part_of_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let before = upper.get(..at).and_then(|before| before.chars().next_back());
        let after = upper.get(at + length..).and_then(|after| after.chars().next());
        !before.is_some_and(part_of_word) && !after.is_some_and(part_of_word)
    };
    WeightFormat::ALL
        .iter()
        .filter(|format| !format.label().contains(' '))
        .filter_map(|&format| {
            let label = format.label();
            let at = upper.match_indices(label).map(|(at, _)| at).find(|&at| alone(at, label.len()))?;
            Some((format, at))
        })
        .max_by_key(|(format, _)| format.label().len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn llama_cpps_own_words_are_read() {
        for (description, format) in [
            ("qwen2 7B Q4_K - Medium", Some(WeightFormat::Q4KM)),
            ("llama 8B Q4_K - Small", Some(WeightFormat::Q4KS)),
            ("llama 70B Q3_K - Large", Some(WeightFormat::Q3KL)),
            ("llama 7B Q2_K - Medium", Some(WeightFormat::Q2K)),
            ("llama 7B mostly Q4_0", Some(WeightFormat::Q4_0)),
            ("gemma3 4B (guessed) F16", Some(WeightFormat::F16)),
            ("llama 8B BF16", Some(WeightFormat::Bf16)),
            ("llama 8B all F32", Some(WeightFormat::F32)),
            ("qwen3 8B IQ4_XS - 4.25 bpw", Some(WeightFormat::Iq4Xs)),
            ("qwen3 8B IQ3_S mix - 3.66 bpw", Some(WeightFormat::Iq3M)),
            ("gpt-oss 20B MXFP4 MoE", Some(WeightFormat::Mxfp4)),
            ("llama 8B unknown, may not work", None),
        ] {
            assert_eq!(gguf_format("", description), format, "{description}");
        }
    }

    #[test]
    fn a_files_name_speaks_where_the_header_does_not() {
        assert_eq!(gguf_format("Qwen3-8B-UD-Q4_K_XL.gguf", "qwen3 8B Q4_K - Medium"), Some(WeightFormat::UdQ4KXl));
        assert_eq!(gguf_format("model.q6_k.gguf", ""), Some(WeightFormat::Q6K));
        assert_eq!(gguf_format("model-Q6_K_L.gguf", ""), None);
        assert_eq!(without_gguf_format("Phi-4-Q4_K_M.gguf"), "Phi-4-");
    }

    #[test]
    fn a_served_models_name_says_its_format() {
        for (name, quantization, format) in [
            ("Qwen/Qwen3-32B-FP8", None, Some(WeightFormat::Fp8)),
            ("hugging-quants/Meta-Llama-3.1-70B-Instruct-AWQ-INT4", None, Some(WeightFormat::Int4G128)),
            ("nvidia/Llama-3.3-70B-Instruct-FP4", None, Some(WeightFormat::Nvfp4)),
            ("openai/gpt-oss-120b", None, Some(WeightFormat::Mxfp4)),
            ("meta-llama/Llama-3.1-8B-Instruct", Some("fp8"), Some(WeightFormat::Fp8)),
            ("meta-llama/Llama-3.1-8B-Instruct", None, None),
        ] {
            assert_eq!(serving_format(name, quantization), format, "{name}");
        }
    }
}

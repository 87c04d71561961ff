//! Several sequences beside each other: one pass reads the weights once for all of them, each attends to its own cache.
//!
//! What is drawn from the logits and when a sequence ends is left to whoever asks.

use super::forward::{CHUNK, MOST_LOGIT_ROWS, Network, Span};
use super::{InferError, Model};

/// Sequences that are read together. Dropping it gives their caches back; what the model remembered of an earlier
/// conversation is gone.
pub struct Batch<'a> {
    model: &'a mut Model,
    /// Tokens read of each sequence.
    read: Vec<usize>,
}

impl Model {
    /// The most sequences of one batch: one token of each fills a pass.
    pub const MOST_SEQUENCES: usize = CHUNK;

    /// Makes room for that many empty sequences, each with a cache for the model's context.
    ///
    /// # Errors
    /// [`InferError::Option`] where there are none or more than [`Model::MOST_SEQUENCES`], [`InferError::Memory`].
    pub fn batch(&mut self, sequences: usize) -> Result<Batch<'_>, InferError> {
        check_sequences(sequences)?;
        self.reader.start_over();
        let context_tokens = self.reader.context_tokens;
        let model = Batch { model: self, read: vec![0; sequences] };
        // Made first, so that what was allocated is given back if the rest is not to be had.
        model.model.reader.network.set_sequences(sequences, context_tokens)?;
        Ok(model)
    }
}

impl Batch<'_> {
    /// Continues each sequence with its tokens, none for some, and gives the logits `[vocabulary]` after the last of
    /// each, nothing for those without.
    ///
    /// # Errors
    /// [`InferError::Option`] where there are not as many texts as sequences, [`InferError::TooLong`] where one does
    /// not fit (nothing is read then), [`InferError::Compute`].
    pub fn read(&mut self, tokens: &[&[u32]]) -> Result<Vec<Vec<f32>>, InferError> {
        if tokens.len() != self.read.len() {
            let found = tokens.len().to_string();
            return Err(InferError::Option { option: "texts", range: "as many as there are sequences", found });
        }
        for (tokens, &read) in tokens.iter().zip(&self.read) {
            self.model.reader.check_after(read, tokens)?;
        }
        let mut logits = vec![Vec::new(); tokens.len()];
        let mut left: Vec<&[u32]> = tokens.to_vec();
        while left.iter().any(|tokens| !tokens.is_empty()) {
            let network = &mut self.model.reader.network;
            pass(network, &mut self.read, &mut left, &|| true, &mut |sequence, made| {
                if let Some(logits) = logits.get_mut(sequence) {
                    *logits = made.to_vec();
                }
            })?;
        }
        Ok(logits)
    }
}

impl Drop for Batch<'_> {
    fn drop(&mut self) {
        let context_tokens = self.model.reader.context_tokens;
        // Only lets caches go, which cannot fail.
        let _ = self.model.reader.network.set_sequences(1, context_tokens);
    }
}

/// Refuses a number of sequences that no batch can have.
pub(super) fn check_sequences(sequences: usize) -> Result<(), InferError> {
    if (1..=Model::MOST_SEQUENCES).contains(&sequences) {
        return Ok(());
    }
    Err(InferError::Option { option: "sequences", range: "from 1 to 128", found: sequences.to_string() })
}

/// Reads as much of what is left of each sequence as one pass takes, the first sequences first, behind what each has
/// `read`, and tells `ended` the logits `[vocabulary]` of those whose last token this was. `go_on` ends it by false.
pub(super) fn pass(
    network: &mut Network,
    read: &mut [usize],
    left: &mut [&[u32]],
    go_on: &dyn Fn() -> bool,
    ended: &mut dyn FnMut(usize, &[f32]),
) -> Result<(), InferError> {
    let (mut spans, mut room) = (Vec::new(), CHUNK);
    for (sequence, (tokens, &position)) in left.iter_mut().zip(&*read).enumerate() {
        let (now, later) = tokens.split_at(tokens.len().min(room));
        if !now.is_empty() {
            spans.push(Span { sequence, tokens: now, position });
            room -= now.len();
            *tokens = later;
        }
    }
    network.read_while(&spans, go_on)?;
    // Sequences whose last token this was, with its row.
    let (mut row, mut last) = (0, Vec::new());
    for span in &spans {
        row += span.tokens.len();
        if let Some(read) = read.get_mut(span.sequence) {
            *read += span.tokens.len();
        }
        if left.get(span.sequence).is_some_and(|left| left.is_empty()) {
            last.push((span.sequence, row - 1));
        }
    }
    // Rows that follow each other, as those of a step of all sequences, share a reading of the output matrix.
    let mut last = last.as_slice();
    while let Some(&(_, first)) = last.first() {
        let together = last.iter().zip(first..).take_while(|((_, row), expected)| row == expected).count();
        let (now, later) = last.split_at(together.min(MOST_LOGIT_ROWS));
        for (made, (sequence, _)) in network.logits_of(first, now.len())?.zip(now) {
            ended(*sequence, made);
        }
        last = later;
    }
    Ok(())
}

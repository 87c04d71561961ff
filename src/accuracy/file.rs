//! Records as text: RON, words first, then one run a line. Estimates are thousandths of what was measured.
//!
//! Thousandths keep the file small and show at a glance how far off a row is: (812,953,1190) was estimated 4.7 % too low,
//! with a band from 19 % below to 19 % above. Ends of bands and errors so lose less than 0.05 % of the measured value.

use std::fmt::Write as _;

use serde::Deserialize;

use super::quantity::{LeftOut, Quantity, Trust};
use super::record::{Names, Record, Run, Value};
use super::summary::Estimate;

/// The layout this program writes and reads.
const VERSION: u32 = 1;

/// A record that does not hold together.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// It is not the RON of a record.
    #[error("not a record of an accuracy: {0}")]
    Ron(#[from] ron::error::SpannedError),
    /// A text in it cannot be written as RON.
    #[error("cannot write the record: {0}")]
    Write(#[from] ron::Error),
    /// Written by another program.
    #[error("the record has version {0}, this program reads version 1")]
    Version(u32),
    /// A run that cannot be.
    #[error("run {run} of the record: {what}")]
    Run {
        /// Which, counted from 1.
        run: usize,
        /// What is wrong.
        what: &'static str,
    },
}

/// Low, likely and high in thousandths of the measured value.
type Thousandths = (u32, u32, u32);
/// Quantity, measured, estimates in the order of `left_out`; those at the end may be missing.
type ValueLine = (Quantity, f64, Vec<Thousandths>);
/// Sessions, prompt, depth, output.
type Load = (Option<f64>, Option<f64>, Option<f64>, Option<f64>);
/// Device, model, format, setup, class, trust, load, source, detail, reason, values.
type RunLine = (usize, usize, usize, usize, usize, Trust, Load, usize, String, Option<usize>, Vec<ValueLine>);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    version: u32,
    date: String,
    constants: String,
    rows_read: u32,
    left_out: Vec<LeftOut>,
    not_judged: Vec<(String, u32)>,
    reasons: Vec<String>,
    sources: Vec<String>,
    classes: Vec<String>,
    setups: Vec<String>,
    formats: Vec<String>,
    devices: Vec<String>,
    models: Vec<String>,
    runs: Vec<RunLine>,
}

fn options() -> ron::Options {
    ron::Options::default().with_default_extension(ron::extensions::Extensions::IMPLICIT_SOME)
}

impl Record {
    /// Reads a record.
    ///
    /// # Errors
    /// It is not one, or a run in it points nowhere, measured nothing, or has a band without its likely value.
    pub fn from_ron_str(text: &str) -> Result<Self, RecordError> {
        let stored: Stored = options().from_str(text)?;
        if stored.version != VERSION {
            return Err(RecordError::Version(stored.version));
        }
        let names = Names {
            devices: stored.devices,
            models: stored.models,
            formats: stored.formats,
            setups: stored.setups,
            classes: stored.classes,
            sources: stored.sources,
            reasons: stored.reasons,
        };
        let mut runs = Vec::with_capacity(stored.runs.len());
        for (at, line) in stored.runs.into_iter().enumerate() {
            runs.push(run(line, &names, &stored.left_out).map_err(|what| RecordError::Run { run: at + 1, what })?);
        }
        Ok(Self {
            date: stored.date,
            constants: stored.constants,
            rows_read: stored.rows_read,
            names,
            runs,
            not_judged: stored.not_judged,
        })
    }

    /// The text of a record.
    ///
    /// # Errors
    /// A value that RON cannot write; there is none in a fit.
    pub fn to_ron_string(&self) -> Result<String, RecordError> {
        let left_out: Vec<LeftOut> = LeftOut::ALL.into_iter().filter(|way| self.knows(*way)).collect();
        let mut text = format!(
            "// What the constants of {} were judged on. Written by `sizewright fit`: do not edit by hand.\n\
             // A run: (device, model, format, setup, class, trust, (sessions, prompt, depth, output), source, sample of the\n\
             // source, reason why it was set aside, values); numbers are places in the lists above the runs, from 0.\n\
             // A value: (quantity, measured, [(low, likely, high), ..]), estimates in thousandths of what was measured, made\n\
             // while what `left_out` names was left out. D decode and P prefill in tokens/s, T time per output token and F to\n\
             // the first token in ms, O output tokens/s of all sessions, W watts of the devices.\n(\n",
            self.constants
        );
        // Writing to a string cannot fail.
        let _ = writeln!(text, "version: {VERSION},\ndate: {},", quoted(&self.date)?);
        let _ = writeln!(text, "constants: {},\nrows_read: {},", quoted(&self.constants)?, self.rows_read);
        let _ = writeln!(text, "left_out: {},", options().to_string(&left_out)?);
        text.push_str("not_judged: [\n");
        for (reason, rows) in &self.not_judged {
            let _ = writeln!(text, "({}, {rows}),", quoted(reason)?);
        }
        text.push_str("],\n");
        let lists = [
            ("reasons", &self.names.reasons),
            ("sources", &self.names.sources),
            ("classes", &self.names.classes),
            ("setups", &self.names.setups),
            ("formats", &self.names.formats),
            ("devices", &self.names.devices),
            ("models", &self.names.models),
        ];
        for (name, list) in lists {
            let _ = writeln!(text, "{name}: [");
            for entry in list {
                let _ = writeln!(text, "{},", quoted(entry)?);
            }
            text.push_str("],\n");
        }
        text.push_str("runs: [\n");
        for run in &self.runs {
            text.push_str(&line(run, &left_out)?);
            text.push_str(",\n");
        }
        text.push_str("],\n)\n");
        Ok(text)
    }

    /// Whether any row was estimated with this left out.
    pub fn knows(&self, left_out: LeftOut) -> bool {
        self.rows().any(|row| row.estimate(left_out).is_some())
    }
}

fn quoted(text: &str) -> Result<String, ron::Error> {
    options().to_string(text)
}

fn run(line: RunLine, names: &Names, left_out: &[LeftOut]) -> Result<Run, &'static str> {
    let (device, model, format, setup, class, trust, load, source, detail, reason, values) = line;
    for (at, list) in [
        (device, &names.devices),
        (model, &names.models),
        (format, &names.formats),
        (setup, &names.setups),
        (class, &names.classes),
        (source, &names.sources),
    ] {
        list.get(at).ok_or("a number points beyond its list")?;
    }
    if reason.is_some_and(|at| at >= names.reasons.len()) {
        return Err("its reason points beyond the list");
    }
    let values: Result<Vec<Value>, &'static str> =
        values.into_iter().map(|value| read_value(value, left_out)).collect();
    let (sessions, prompt, depth, output) = load;
    let values = values?;
    Ok(Run {
        device,
        model,
        format,
        setup,
        class,
        trust,
        sessions,
        prompt,
        depth,
        output,
        source,
        detail,
        reason,
        values,
    })
}

fn read_value((quantity, measured, stored): ValueLine, left_out: &[LeftOut]) -> Result<Value, &'static str> {
    if !(measured.is_finite() && measured > 0.0) {
        return Err("nothing was measured");
    }
    if stored.len() > left_out.len() {
        return Err("it has more estimates than things were left out");
    }
    let mut estimates = [None; 3];
    for ((low, likely, high), way) in stored.into_iter().zip(left_out) {
        if low > likely || likely > high || likely == 0 {
            return Err("a band does not hold its likely value");
        }
        let of = |share: u32| measured * f64::from(share) / 1000.0;
        if let Some(place) = estimates.get_mut(*way as usize) {
            *place = Some(Estimate { low: of(low), likely: of(likely), high: of(high) });
        }
    }
    Ok(Value { quantity, measured, estimates })
}

/// A run as its line. Written by hand: RON writes whole numbers with a point, thousands of times.
fn line(run: &Run, left_out: &[LeftOut]) -> Result<String, ron::Error> {
    let number = |cell: Option<f64>| cell.map_or_else(|| "None".to_owned(), |value| value.to_string());
    let mut values = Vec::with_capacity(run.values.len());
    for value in &run.values {
        // A float-to-integer cast saturates; an estimate of nothing would not be read back.
        let of = |estimate: f64| ((estimate / value.measured * 1000.0).round() as u32).max(1);
        let there = left_out.iter().map_while(|way| value.estimates.get(*way as usize).copied().flatten());
        let estimates: Vec<Thousandths> = there.map(|e| (of(e.low), of(e.likely), of(e.high))).collect();
        let (quantity, estimates) = (options().to_string(&value.quantity)?, options().to_string(&estimates)?);
        values.push(format!("({quantity},{},{estimates})", value.measured));
    }
    Ok(format!(
        "({},{},{},{},{},{:?},({},{},{},{}),{},{},{},[{}])",
        run.device,
        run.model,
        run.format,
        run.setup,
        run.class,
        run.trust,
        number(run.sessions),
        number(run.prompt),
        number(run.depth),
        number(run.output),
        run.source,
        quoted(&run.detail)?,
        run.reason.map_or_else(|| "None".to_owned(), |at| at.to_string()),
        values.join(",")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Record {
        let one = |text: &str| vec![text.to_owned()];
        let estimate = |likely: f64| Some(Estimate { low: likely * 0.8, likely, high: likely * 1.25 });
        Record {
            date: "2026-11-20".to_owned(),
            constants: "data/constants/single_stream.ron".to_owned(),
            rows_read: 3,
            names: Names {
                devices: one("a-device"),
                models: one("a-model"),
                formats: one("q4_k_m"),
                setups: one("llama.cpp, \"cuda\""),
                classes: one("cards"),
                sources: one("somebody's table\\of speeds"),
                reasons: one("too slow to be true"),
            },
            runs: vec![Run {
                device: 0,
                model: 0,
                format: 0,
                setup: 0,
                class: 0,
                trust: Trust::A,
                sessions: Some(1.0),
                prompt: None,
                depth: Some(512.0),
                output: Some(128.0),
                source: 0,
                detail: "sample 7".to_owned(),
                reason: None,
                values: vec![
                    Value { quantity: Quantity::Decode, measured: 50.0, estimates: [estimate(60.0), None, None] },
                    Value { quantity: Quantity::Power, measured: 8.0, estimates: [estimate(4.0), None, estimate(8.0)] },
                ],
            }],
            not_judged: vec![("the device is not known".to_owned(), 2)],
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let text = sample().to_ron_string().expect("it is written");
        assert!(text.contains("do not edit by hand") && text.contains("date: \"2026-11-20\""), "{text}");
        let read = Record::from_ron_str(&text).expect("it is read");
        assert_eq!(read.to_ron_string().expect("it is written"), text);
        let rows: Vec<_> = read.rows().collect();
        assert_eq!(rows.len(), 2);
        assert_eq!(rows[0].estimate(LeftOut::Device), Some(Estimate { low: 48.0, likely: 60.0, high: 75.0 }));
        assert_eq!(rows[1].estimate(LeftOut::Family).map(|estimate| estimate.likely), Some(8.0));
        assert_eq!(rows[0].source(), "somebody's table\\of speeds, sample 7");
        assert_eq!(rows[0].load(), "after 512, answer 128 tokens");
    }

    #[test]
    fn a_damaged_record_is_refused_with_the_run_and_what_is_wrong() {
        let text = sample().to_ron_string().expect("it is written");
        for (from, to, says) in [
            ("version: 1", "version: 2", "version 2"),
            ("(0,0,0,0,0,A", "(1,0,0,0,0,A", "run 1 of the record: a number points beyond its list"),
            ("None,[(D", "4,[(D", "its reason points beyond the list"),
            ("(D,50", "(D,0", "nothing was measured"),
            ("(960,1200,1500)", "(1960,1200,1500)", "a band does not hold"),
            ("rows_read: 3,", "", "not a record"),
        ] {
            assert!(text.contains(from), "{from} is not in {text}");
            let error = Record::from_ron_str(&text.replace(from, to)).expect_err(says);
            assert!(error.to_string().contains(says), "{error} does not say {says}");
        }
    }
}

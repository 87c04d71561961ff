//! `sizewright accuracy`: how wrong estimates are on what they never saw. The accuracy pane as text.

use std::io::Write;

use serde_json::{Value, json};

use crate::accuracy::{self, LeftOut, Quantity, Record, Selection, Trust, builtin, text};

/// Show how wrong estimates are on devices and models they never saw.
///
/// Each published measurement is held against an estimate by constants that were fitted without the row's device, its
/// whole platform, or its model's family. Nothing is computed here: the rows come with the program, written by the same
/// run of `fit` that wrote the constants.
#[derive(clap::Args)]
pub struct Arguments {
    /// Only this quantity.
    #[arg(long, value_enum)]
    quantity: Option<QuantityName>,
    /// What was left out before a row was estimated.
    #[arg(long, value_enum, default_value = "device")]
    left_out: LeftOutName,
    /// Sources trusted at least so far: a is named benchmarks, b adds community runs, c adds single submissions.
    #[arg(long, value_enum, default_value = "c")]
    trust: TrustName,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum QuantityName {
    Decode,
    Prefill,
    Tpot,
    Ttft,
    Throughput,
    Power,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum LeftOutName {
    Device,
    Platform,
    Family,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum TrustName {
    A,
    B,
    C,
}

impl QuantityName {
    const fn quantity(self) -> Quantity {
        match self {
            Self::Decode => Quantity::Decode,
            Self::Prefill => Quantity::Prefill,
            Self::Tpot => Quantity::PerToken,
            Self::Ttft => Quantity::FirstToken,
            Self::Throughput => Quantity::Throughput,
            Self::Power => Quantity::Power,
        }
    }
}

impl LeftOutName {
    const fn left_out(self) -> LeftOut {
        match self {
            Self::Device => LeftOut::Device,
            Self::Platform => LeftOut::Platform,
            Self::Family => LeftOut::Family,
        }
    }
}

impl TrustName {
    const fn trust(self) -> Trust {
        match self {
            Self::A => Trust::A,
            Self::B => Trust::B,
            Self::C => Trust::C,
        }
    }
}

/// Prints the tables.
pub fn run(arguments: &Arguments, out: &mut dyn Write) -> anyhow::Result<()> {
    let quantities = arguments.quantity.map_or(Quantity::ALL.to_vec(), |name| vec![name.quantity()]);
    let (left_out, trust) = (arguments.left_out.left_out(), arguments.trust.trust());
    if arguments.json {
        let all = json!({
            "left_out": left_out.id(),
            "quantities": quantities.into_iter().map(|q| of(q, left_out, trust)).collect::<Vec<Value>>(),
            "records": [account(builtin::single_stream()), account(builtin::serving())],
        });
        return Ok(writeln!(out, "{}", serde_json::to_string_pretty(&all)?)?);
    }
    for quantity in quantities {
        let section = text::section(accuracy::rows_of(quantity), quantity, left_out, trust);
        if section.is_empty() {
            writeln!(out, "{}: nothing was judged by leaving out {}", quantity.label(), left_out.label())?;
        }
        writeln!(out, "{section}")?;
    }
    writeln!(out, "{}\n", text::LEGEND)?;
    for record in [builtin::single_stream(), builtin::serving()] {
        write!(out, "{}", text::account(record))?;
    }
    Ok(())
}

fn of(quantity: Quantity, left_out: LeftOut, trust: Trust) -> Value {
    let found = accuracy::table(accuracy::rows_of(quantity), Selection { quantity, left_out, trust });
    json!({
        "quantity": quantity.id(),
        "unit": quantity.unit(),
        "trust": format!("{trust:?}"),
        "all": found.as_ref().map(|table| table.all),
        "classes": found.map_or_else(Vec::new, |table| table.classes),
    })
}

fn account(record: &Record) -> Value {
    let counted = |(reason, rows): &(String, u32)| json!({ "reason": reason, "rows": rows });
    json!({
        "constants": record.constants,
        "date": record.date,
        "rows_read": record.rows_read,
        "rows_judged": record.judged_rows(),
        "set_aside": record.set_aside(),
        "not_judged": record.not_judged.iter().map(counted).collect::<Vec<Value>>(),
    })
}

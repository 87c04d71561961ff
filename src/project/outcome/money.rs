//! What a plan costs in a year and for a token: money, energy, carbon, and the same beside a hosted model.

use crate::project::Lacks;
use crate::sizing::Figure;
use crate::units::{GramsCo2e, Joules, Usd};

/// Money, energy and carbon of a year. Fields are `None` where there is no honest number: no tokens, no price.
#[derive(Clone, Debug, PartialEq)]
pub struct MoneyOutcome {
    /// Tokens generated in a year.
    pub tokens_per_year: f64,
    /// Energy of the racks in a year. `None`: the draw of a server that runs models is missing.
    pub it_energy_per_year: Option<Joules>,
    /// Energy of the site in a year. `None`: a draw is missing, or the PUE is impossible.
    pub site_energy_per_year: Option<Joules>,
    /// Electricity, or rent of the colocation site, in a year. `None`: a draw that counts is missing, or the PUE or the price
    /// is impossible.
    pub power_cost_per_year: Option<Usd>,
    /// What is mounted, spread over its years. `None`: the price of a server is missing.
    pub capital_per_year: Option<Usd>,
    /// Support in a year. `None`: the price of a server is missing.
    pub support_per_year: Option<Usd>,
    /// Servers without a published price.
    pub without_price: u32,
    /// What else is mounted without a published price, as panels and switches: not in the sums, and said beside them.
    pub fittings_without_price: u32,
    /// Servers that run models and whose draw nobody published: the energy of a token, and what follows from it, is unknown.
    pub without_draw: u32,
    /// What else is mounted without a published draw: not in the sums, and said beside them.
    pub fittings_without_draw: u32,
    /// US dollars per million generated tokens, servers included. `None`: no tokens, or a price or a draw is missing.
    pub usd_per_mtok: Option<Figure<Usd>>,
    /// The part of it that another token costs: electricity alone. `None`: no tokens, a draw is missing, or
    /// the rent has it.
    pub marginal_usd_per_mtok: Option<Figure<Usd>>,
    /// Energy of the site per 1,000 generated tokens. `None`: no tokens, or a draw is missing.
    pub energy_per_1k_tokens: Option<Figure<Joules>>,
    /// Carbon of use and making, in a year. `None`: a draw, the grid, the PUE or the years are unknown
    /// or impossible.
    pub carbon_per_year: Option<GramsCo2e>,
    /// The making's part of it. `None`: the years are impossible.
    pub embodied_per_year: Option<GramsCo2e>,
    /// Servers without a published footprint of their making: an assumed one stands in.
    pub without_embodied: u32,
    /// Carbon per 1,000 generated tokens. `None`: no tokens, or as for a year.
    pub carbon_per_1k_tokens: Option<Figure<GramsCo2e>>,
    /// Carbon per million generated tokens. `None`: as above.
    pub carbon_per_mtok: Option<Figure<GramsCo2e>>,
    /// Carbon intensity used, gCO2e per kWh. `None`: the grid is unknown.
    pub grid_g_per_kwh: Option<f64>,
    /// Why a figure of a token is not there.
    pub lacks: Lacks,
    /// Against the hosted model the plan names. `None`: it names none the catalog knows.
    pub hosted: Option<HostedComparison>,
}

impl MoneyOutcome {
    /// What is mounted without a published draw, whatever it runs.
    pub fn all_without_draw(&self) -> u32 {
        self.without_draw.saturating_add(self.fittings_without_draw)
    }
}

/// Own servers against a hosted model that charges by the token.
#[derive(Clone, Debug, PartialEq)]
pub struct HostedComparison {
    /// The hosted model.
    pub name: String,
    /// Who charges for it.
    pub provider: String,
    /// The day the price held.
    pub date: String,
    /// Mean load over capacity at which own servers are compared.
    pub utilisation: f64,
    /// Charge for a million generated tokens with the prompts that belong to them.
    pub hosted_usd_per_mtok: Usd,
    /// What own servers save, as a share of that charge; negative where they cost more. `None`: no tokens, a price is
    /// missing, or the hosted model is free.
    pub saving_share: Option<f64>,
    /// What own servers save in a year; negative where they cost more. `None`: as above.
    pub saving_per_year: Option<Usd>,
    /// Generated tokens a year from which own servers are the cheaper.
    pub break_even: BreakEven,
}

/// From when on own servers are the cheaper.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum BreakEven {
    /// From so many generated tokens a year, which these servers can make.
    From {
        /// Tokens a year.
        tokens_per_year: f64,
    },
    /// Beyond what these servers make at the plan's utilisation. More of them do not help, for each is paid for too; more
    /// use, or a longer life, would.
    BeyondCapacity {
        /// Tokens a year.
        tokens_per_year: f64,
    },
    /// Another token costs more on own servers than hosted.
    Never,
    /// A price is missing, or no token is made.
    Unknown,
}

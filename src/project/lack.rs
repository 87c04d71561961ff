//! Why a figure of money, energy or carbon is unknown: the first thing that is missing, in words that say what would help.

/// What a figure lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lack {
    /// Nothing is generated.
    Tokens,
    /// So many servers that run models have no published price.
    Prices(u32),
    /// So many servers that run models have no published draw.
    Draws(u32),
    /// The PUE is below 1 or absurd.
    Pue,
    /// The price of electricity is negative or absurd.
    ElectricityPrice,
    /// The rent of the site is negative or absurd.
    Rent,
    /// The years, or the cost of capital, are impossible.
    Terms,
    /// Nobody knows the grid's carbon.
    Grid,
    /// Nothing: under colocation electricity is in the rent, so there is no such figure.
    InTheRent,
}

impl Lack {
    /// For people: a sentence without its full stop.
    pub fn words(self) -> String {
        let servers = |count: u32| if count == 1 { "1 server has".to_owned() } else { format!("{count} servers have") };
        match self {
            Self::Tokens => "No tokens are generated".to_owned(),
            Self::Prices(count) => format!("{} no published price: type one in the catalog", servers(count)),
            Self::Draws(count) => format!("{} no published draw: type one in the catalog", servers(count)),
            Self::Pue => "The PUE is impossible".to_owned(),
            Self::ElectricityPrice => "The price of electricity is impossible".to_owned(),
            Self::Rent => "The rent of the site is impossible".to_owned(),
            Self::Terms => "The years or the cost of capital are impossible".to_owned(),
            Self::Grid => "The catalog does not have the plan's grid: choose one, or type its carbon".to_owned(),
            Self::InTheRent => "Electricity is in the rent of the site".to_owned(),
        }
    }
}

/// What each figure lacks. `None`: nothing, so it is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lacks {
    /// US dollars per million tokens.
    pub cost: Option<Lack>,
    /// Electricity per million tokens.
    pub electricity: Option<Lack>,
    /// Energy per 1,000 tokens.
    pub energy: Option<Lack>,
    /// Carbon per token.
    pub carbon: Option<Lack>,
}

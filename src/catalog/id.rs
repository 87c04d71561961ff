//! Readable slugs as ids, one type per kind of entry so that a device is never looked up among the models. A copy of one
//! shares the text: a plan of many racks is copied with every slider.

use std::fmt;

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(SmolStr);

        impl $name {
            /// From a slug such as `llama-3.1-8b`. Whether such an entry exists is the table's to say.
            pub fn new(slug: impl Into<SmolStr>) -> Self {
                Self(slug.into())
            }

            /// The slug.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(slug: &str) -> Self {
                Self::new(slug)
            }
        }
    };
}

id!(
    /// Names a [`Model`](super::Model).
    ModelId
);
id!(
    /// Names a [`Device`](super::Device): an accelerator or a processor.
    DeviceId
);
id!(
    /// Names a [`Server`](super::Server) or another thing that goes into a rack.
    ServerId
);
id!(
    /// Names a [`RackType`](super::RackType).
    RackTypeId
);
id!(
    /// Names a [`WeightMix`](super::WeightMix).
    WeightMixId
);
id!(
    /// Names a [`Grid`](super::Grid).
    GridId
);
id!(
    /// Names an [`ElectricityPrice`](super::ElectricityPrice).
    ElectricityPriceId
);
id!(
    /// Names an [`ApiPrice`](super::ApiPrice).
    ApiPriceId
);
id!(
    /// Names an [`EngineProfile`](super::EngineProfile).
    EngineProfileId
);
id!(
    /// Names a [`FormatLoss`](super::FormatLoss).
    FormatLossId
);
id!(
    /// Names a [`Site`](super::Site).
    SiteId
);

//! Served engines (vLLM, SGLang, TensorRT-LLM) on accelerators: time per output token, time to the first, throughput and
//! power against the number of sessions.
//!
//! The form is in [`work`] (what is asked of a device), `step`, `closed_loop` and `power`; its constants and bands were
//! fitted by leaving out whole model families (`fit`). Leaves out open arrivals, prefix caches, and disaggregated serving.

pub mod build;
pub mod closed_loop;
pub mod constants;
pub mod gaps;
mod power;
mod step;
pub mod work;

#[cfg(test)]
mod tests;

pub use closed_loop::{Between, Loop};
pub use constants::{PowerConstants, ServedConstants};
pub use work::{Serving, Work};

use crate::units::{Seconds, TokensPerSecond, Watts};

/// What so many sessions at once amount to, with the constants given.
pub fn load(constants: &ServedConstants, power: &PowerConstants, work: &Work, sessions: f64, between: Between) -> Loop {
    let times = closed_loop::times(constants, work, sessions, between);
    let drawn = power::share(power, &power::uses(constants, work, &times));
    Loop {
        per_token: Seconds::from_secs(times.per_token),
        first_token: Seconds::from_secs(times.first_token),
        throughput: TokensPerSecond::from_tokens_per_second(times.throughput),
        power: work.power_limit.map(|limit| Watts::from_watts(limit * work.devices * drawn)),
        running: times.running,
        strange_share: times.step.penalties / times.step.total.max(f64::MIN_POSITIVE),
        binding: if times.waits { crate::sizing::Resource::Memory } else { times.step.binding() },
    }
}

impl Work {
    /// Whether the weights fit into the devices' memory at all.
    pub fn weights_fit(&self) -> bool {
        self.weights_fit
    }

    /// Sessions whose caches fit beside the weights; infinite where nothing limits them.
    pub fn pool_sessions(&self) -> f64 {
        self.pool
    }

    /// Whether it is a mixture of experts.
    pub fn is_mixture(&self) -> bool {
        self.mixture
    }

    /// Devices that share one copy.
    pub fn devices(&self) -> f64 {
        self.devices
    }

    /// Power limit of all devices. `None`: not published.
    pub fn power_limit(&self) -> Option<Watts> {
        self.power_limit.map(|limit| Watts::from_watts(limit * self.devices))
    }
}

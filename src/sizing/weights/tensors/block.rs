//! The tensors of one block: attention, latent attention or recurrence, feed-forward or experts, norms.

use super::{Role, Tensor};
use crate::catalog::{Architecture, Experts, LayerState};
use crate::sizing::weights::family::{Family, QkNorm};

/// Width of the recurrent state of one channel in Mamba-2 and gated delta networks.
const STATE_WIDTH: u64 = 128; // Qwen3-Next, Nemotron-H configuration files

/// One block under construction: what is pushed goes to the end of the list.
pub(super) struct Block<'a> {
    pub tensors: &'a mut Vec<Tensor>,
    pub block: u32,
    pub hidden: u64,
    pub family: Family,
    pub shapes: &'a Architecture,
    /// Whether the block reads the cache of another.
    pub shared: bool,
}

impl Block<'_> {
    pub fn push(&mut self, role: Role, columns: u64, rows: u64) {
        self.tensors.push(Tensor { role, block: Some(self.block), columns, rows, slices: 1 });
    }

    fn stacked(&mut self, role: Role, columns: u64, rows: u64, slices: u64) {
        let rows = rows.saturating_mul(slices);
        self.tensors.push(Tensor { role, block: Some(self.block), columns, rows, slices });
    }

    pub fn full(&mut self, columns: u64, rows: u64) {
        self.push(Role::Full, columns, rows);
    }

    pub fn state(&mut self, state: &LayerState) -> Option<()> {
        match *state {
            LayerState::Full { kv_heads, key_dim, value_dim } => {
                self.attention([kv_heads, key_dim, value_dim].map(u64::from), self.shapes.values_from_keys)
            }
            LayerState::Sliding { kv_heads, key_dim, value_dim, .. } => {
                self.attention([kv_heads, key_dim, value_dim].map(u64::from), false)
            }
            LayerState::SharesKv => {
                let (heads, head_dim) = (u64::from(self.shapes.heads?), u64::from(self.shapes.head_dim?));
                let width = heads.saturating_mul(head_dim);
                self.push(Role::Query, self.hidden, width);
                self.push(Role::AttentionOut, width, self.hidden);
                Some(())
            }
            LayerState::Latent { kv_rank, rope_dim, index_dim } => {
                self.latent([kv_rank, rope_dim, index_dim].map(u64::from))
            }
            LayerState::Recurrent { conv_channels, conv_width, state_elements } => {
                self.recurrent(u64::from(conv_channels), u64::from(conv_width), state_elements);
                Some(())
            }
            LayerState::Stateless => Some(()),
        }
    }

    fn attention(&mut self, [kv_heads, key_dim, value_dim]: [u64; 3], values_from_keys: bool) -> Option<()> {
        let Family { fused_qkv, qkv_bias, out_bias, qk_norm, sinks, .. } = self.family;
        let heads = u64::from(self.shapes.heads?);
        let hidden = self.hidden;
        let gates = 1 + u64::from(self.shapes.attention_gate);
        let (query, key) = (heads.saturating_mul(key_dim), kv_heads.saturating_mul(key_dim));
        let value = if values_from_keys { 0 } else { kv_heads.saturating_mul(value_dim) };
        // Values that are the keys have no projection of their own; heads are then as wide as keys.
        let out = heads.saturating_mul(if value_dim == 0 { key_dim } else { value_dim });
        let wide_query = query.saturating_mul(gates);
        let all = query.saturating_add(key).saturating_add(value);
        if fused_qkv {
            self.push(Role::FusedQkv, hidden, wide_query.saturating_add(key).saturating_add(value));
        } else {
            self.push(Role::Query, hidden, wide_query);
            self.push(Role::Key, hidden, key);
            if value > 0 {
                self.push(Role::Value, hidden, value);
            }
        }
        self.push(Role::AttentionOut, out, hidden);
        if qkv_bias {
            self.full(all, 1);
        }
        if out_bias {
            self.full(hidden, 1);
        }
        if sinks {
            self.full(heads, 1);
        }
        match qk_norm {
            QkNorm::None => {}
            QkNorm::PerHead => self.full(key_dim, 2),
            QkNorm::Full => self.full(query.saturating_add(key), 1),
        }
        Some(())
    }

    fn latent(&mut self, [kv_rank, rope, index]: [u64; 3]) -> Option<()> {
        let ranks = self.shapes.latent.as_ref()?;
        let (plain_dim, value_dim) = (u64::from(ranks.nope_dim), u64::from(ranks.value_dim));
        let heads = u64::from(self.shapes.heads?);
        let hidden = self.hidden;
        let query = heads.saturating_mul(plain_dim + rope);
        match ranks.query_rank.map(u64::from) {
            None => self.push(Role::Query, hidden, query),
            Some(rank) => {
                self.push(Role::Mixer, hidden, rank);
                self.full(rank, 1);
                self.push(Role::Mixer, rank, query);
            }
        }
        self.push(Role::Mixer, hidden, kv_rank + rope);
        self.full(kv_rank, 1);
        self.push(Role::LatentUp, kv_rank, heads.saturating_mul(plain_dim + value_dim));
        self.push(Role::AttentionOut, heads.saturating_mul(value_dim), hidden);
        if let (Some(index_heads), true) = (ranks.index_heads.map(u64::from), index > 0) {
            self.push(Role::Mixer, ranks.query_rank.map_or(hidden, u64::from), index_heads.saturating_mul(index));
            self.push(Role::Mixer, hidden, index);
            self.push(Role::Mixer, hidden, index_heads);
            self.full(index, 2);
        }
        Some(())
    }

    /// Gated delta network (`qkv`, gate, out), Mamba-2 (in, out) or gated short convolution (in, out).
    fn recurrent(&mut self, channels: u64, width: u64, state: u64) {
        let hidden = self.hidden;
        let inner = self.inner_width(channels, state);
        let convolution = width.max(1).saturating_mul(channels);
        let known = if inner == 0 {
            self.push(Role::Mixer, hidden, 3 * channels);
            self.push(Role::Mixer, channels, hidden);
            hidden.saturating_mul(4 * channels)
        } else if self.family.delta_network {
            self.push(Role::FusedQkv, hidden, channels);
            self.push(Role::Mixer, hidden, inner);
            self.push(Role::Mixer, inner, hidden);
            hidden.saturating_mul(channels + 2 * inner)
        } else {
            self.push(Role::Mixer, hidden, channels + inner);
            self.push(Role::Mixer, inner, hidden);
            hidden.saturating_mul(channels + 2 * inner)
        };
        self.full(width.max(1), channels);
        // What the published count holds beyond these: small projections of gates and step sizes.
        let rest = self.shapes.recurrent_parameters.map(|all| all.saturating_sub(known.saturating_add(convolution)));
        let rows = rest.map_or(2 * inner / STATE_WIDTH, |rest| rest / hidden.max(1));
        self.push(if self.family.delta_network { Role::StateGate } else { Role::Mixer }, hidden, rows);
        // Decay and step of each head, and a norm.
        self.full(rest.map_or(0, |rest| rest % hidden.max(1)), 1);
    }

    /// Width of a recurrent layer: its state over the state of one channel, of the usual sizes the one that explains
    /// most of the layer's published parameters.
    fn inner_width(&self, channels: u64, state: u64) -> u64 {
        let Some(all) = self.shapes.recurrent_parameters else { return state / STATE_WIDTH };
        [256, STATE_WIDTH, 64, 16]
            .into_iter()
            .map(|width| state / width)
            .filter(|inner| self.hidden.saturating_mul(channels + 2 * inner) <= all)
            .max()
            .unwrap_or(state / STATE_WIDTH)
    }

    /// Returns whether the block has routed experts.
    pub fn feed_forward(&mut self) -> Option<bool> {
        let shapes = self.shapes;
        let routed = shapes.experts.as_ref().filter(|experts| self.block >= experts.dense_layers);
        if routed.is_none() {
            let wide = shapes.feed_forward_of_shared.filter(|_| self.shared);
            let width = u64::from(wide.or(shapes.feed_forward)?);
            self.gated([Role::Up, Role::Gate, Role::Down], self.hidden, width, 1);
        }
        if let Some(experts) = routed {
            self.experts(experts)?;
        }
        Some(routed.is_some())
    }

    fn experts(&mut self, experts: &Experts) -> Option<()> {
        let (hidden, count) = (self.hidden, u64::from(experts.count));
        let width = u64::from(experts.feed_forward.or(self.shapes.feed_forward)?);
        self.push(Role::Router, hidden, count);
        if self.family.router_bias {
            self.full(count, 1);
        }
        let outer = experts.latent.map_or(hidden, u64::from);
        if experts.latent.is_some() {
            self.push(Role::SharedUp, hidden, outer);
            self.push(Role::SharedUp, outer, hidden);
        }
        self.gated([Role::ExpertUp, Role::ExpertGate, Role::ExpertDown], outer, width, count);
        if experts.shared > 0 {
            let shared = experts.shared_feed_forward.map_or(width.saturating_mul(u64::from(experts.shared)), u64::from);
            self.gated([Role::SharedUp, Role::SharedGate, Role::SharedDown], hidden, shared, 1);
            if self.family.shared_gate {
                self.push(Role::Router, hidden, 1);
            }
        }
        Some(())
    }

    fn gated(&mut self, [up, gate, down]: [Role; 3], outer: u64, width: u64, slices: u64) {
        let Family { gated, fused_gate_up, feed_forward_bias, .. } = self.family;
        let gated = gated && !self.shapes.plain_feed_forward;
        if gated && fused_gate_up {
            self.stacked(up, outer, width.saturating_mul(2), slices);
        } else {
            self.stacked(up, outer, width, slices);
            if gated {
                self.stacked(gate, outer, width, slices);
            }
        }
        self.stacked(down, width, outer, slices);
        if feed_forward_bias {
            let widths = width.saturating_mul(1 + u64::from(gated));
            self.full(widths.saturating_add(outer), slices);
        }
    }

    /// Embeddings of each token for this block: a gate into them and a projection out of them.
    pub fn per_layer_embedding(&mut self, width: u64) {
        self.push(Role::Mixer, self.hidden, width);
        self.push(Role::Mixer, width, self.hidden);
        self.full(self.hidden, 1);
    }
}

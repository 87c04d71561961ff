//! Pixels of the rack: frame, numbers, devices, the ghost of what is carried.

use egui::{Align2, FontId, Painter, Rect, Stroke, StrokeKind, pos2};

use super::drag::Landing;
use super::elevation::Elevation;
use super::measure::Measured;
use crate::catalog::ServerRole;
use crate::ui::theme::Tokens;
use crate::ui::widgets::hatch;

/// Frame, empty slots and the numbers at both sides.
pub fn frame(painter: &Painter, rack: &Elevation, reserved_units: u32, tokens: &Tokens) {
    painter.rect(rack.slots.expand(2.0), 3.0, tokens.empty, Stroke::new(1.5, tokens.line), StrokeKind::Outside);
    let size = (rack.unit_height() - 3.0).clamp(8.0, 11.0);
    let font = FontId::proportional(size);
    for unit in 1..=rack.units {
        let slot = rack.unit_rect(unit);
        painter.hline(slot.x_range(), slot.top(), Stroke::new(0.5, tokens.line));
        let text = unit.to_string();
        let (left, right) = (pos2(slot.left() - 7.0, slot.center().y), pos2(slot.right() + 7.0, slot.center().y));
        painter.text(left, Align2::RIGHT_CENTER, &text, font.clone(), tokens.text_weak);
        painter.text(right, Align2::LEFT_CENTER, &text, font.clone(), tokens.text_weak);
        if unit > rack.units.saturating_sub(reserved_units) {
            hatch(painter, slot, tokens.hatch.gamma_multiply(0.6));
        }
    }
}

/// How a device stands in the rack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Mounted by hand.
    ByHand,
    /// Put there by filling the free room.
    Filling,
}

/// A word for what a device is there for: colour never says it alone.
pub const fn role_tag(role: ServerRole) -> &'static str {
    match role {
        ServerRole::CpuServer => "CPU",
        ServerRole::GpuServer => "GPU",
        ServerRole::Switch => "NET",
        ServerRole::Power => "PDU",
        ServerRole::Management => "MGMT",
        ServerRole::Shelf => "SHELF",
        ServerRole::Blank => "BLANK",
    }
}

/// How one device is drawn.
pub struct Look<'a> {
    /// Its name.
    pub name: &'a str,
    /// What it is there for.
    pub role: ServerRole,
    /// How it stands there.
    pub standing: Standing,
    /// Whether the pointer or the focus is on it.
    pub marked: bool,
    /// The value it is measured by. `None`: its role is shown.
    pub measured: Option<&'a Measured>,
}

/// One device.
pub fn device(painter: &Painter, area: Rect, look: &Look<'_>, tokens: &Tokens) {
    let Look { name, role, standing, marked, measured } = *look;
    let area = area.shrink2(egui::vec2(1.0, 0.5));
    let fill = if measured.is_some() { tokens.raised } else { tokens.role(role) };
    let (fill, line) = match standing {
        Standing::ByHand => (fill, Stroke::new(1.0, tokens.text_weak)),
        Standing::Filling => (fill.gamma_multiply(0.55), Stroke::new(0.5, tokens.line)),
    };
    painter.rect(area, 2.0, fill, line, StrokeKind::Inside);
    match measured.map(|measured| measured.share) {
        Some(Some(share)) => {
            let end = area.left() + area.width() * share.clamp(0.0, 1.0);
            painter.rect_filled(
                Rect::from_min_max(area.min, pos2(end, area.max.y)).shrink(1.0),
                1.0,
                tokens.accent_soft,
            );
        }
        Some(None) => hatch(painter, area, tokens.hatch),
        None => {}
    }
    if marked {
        painter.rect_stroke(area, 2.0, Stroke::new(2.0, tokens.accent), StrokeKind::Inside);
    }
    let size = (area.height() - 3.0).clamp(8.0, 12.0);
    let tag = measured.map_or_else(|| role_tag(role), |measured| &measured.words);
    let words = match standing {
        Standing::ByHand => tag.to_owned(),
        Standing::Filling => format!("fills  {tag}"),
    };
    let right = pos2(area.right() - 5.0, area.center().y);
    let font = FontId::proportional(size.min(9.5));
    let tag = painter.text(right, Align2::RIGHT_CENTER, words, font, tokens.text_weak);
    let room = Rect::from_min_max(area.min, pos2(tag.left() - 4.0, area.max.y));
    let left = pos2(area.left() + 6.0, area.center().y);
    let clipped = painter.with_clip_rect(room.intersect(painter.clip_rect()));
    clipped.text(left, Align2::LEFT_CENTER, name, FontId::proportional(size), tokens.text);
}

/// What is carried, where it would land: outlined, red and hatched where refused.
pub fn ghost(painter: &Painter, rack: &Elevation, landing: &Landing, tokens: &Tokens) {
    let area = rack.rect(landing.bottom, landing.height);
    let color = if landing.refusal.is_some() { tokens.bad } else { tokens.accent };
    painter.rect(area, 2.0, color.gamma_multiply(0.25), Stroke::new(2.0, color), StrokeKind::Inside);
    if landing.refusal.is_some() {
        hatch(painter, area, color);
    }
    let words = format!("{} at {}", landing.name, landing.bottom);
    painter.with_clip_rect(area.intersect(painter.clip_rect())).text(
        pos2(area.left() + 6.0, area.center().y),
        Align2::LEFT_CENTER,
        words,
        FontId::proportional((area.height() - 3.0).clamp(8.0, 12.0)),
        tokens.text,
    );
}

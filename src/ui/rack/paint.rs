//! Pixels of the rack: frame, numbers, devices with the pattern of their role, the ghost of what is carried.

use egui::{Align2, FontId, Painter, Rect, Stroke, StrokeKind, pos2, vec2};

use super::bays::bay_rect;
use super::drag::Landing;
use super::elevation::Elevation;
use super::measure::Measured;
use crate::catalog::{Server, ServerRole, Table};
use crate::rack::{HalfUnits, RackLayout, Spot};
use crate::ui::theme::Tokens;
use crate::ui::widgets::hatch;

/// Frame, empty slots and the numbers at both sides.
pub fn frame(painter: &Painter, rack: &Elevation, layout: &RackLayout, edited: bool, tokens: &Tokens) {
    let edge = if edited { tokens.text_weak } else { tokens.line };
    painter.rect(rack.slots.expand(2.0), 3.0, tokens.empty, Stroke::new(1.5, edge), StrokeKind::Outside);
    let size = (rack.unit_height() - 3.0).clamp(8.0, 11.0);
    let font = FontId::proportional(size);
    for unit in 1..=rack.units {
        let slot = rack.unit_rect(unit);
        painter.hline(slot.x_range(), slot.top(), Stroke::new(0.5, tokens.line));
        let text = layout.painted_number(unit).to_string();
        let (left, right) = (pos2(slot.left() - 7.0, slot.center().y), pos2(slot.right() + 7.0, slot.center().y));
        painter.text(left, Align2::RIGHT_CENTER, &text, font.clone(), tokens.text_weak);
        painter.text(right, Align2::LEFT_CENTER, &text, font.clone(), tokens.text_weak);
    }
    let reserved = layout.reserved_units.min(rack.units);
    if reserved > 0 {
        let from = HalfUnits::from_units(rack.units - reserved);
        let area = rack.rect(from, HalfUnits::from_units(reserved));
        hatch(painter, area, tokens.hatch.gamma_multiply(0.6));
        let words = "kept free";
        painter.text(area.center(), Align2::CENTER_CENTER, words, font, tokens.text_weak);
    }
}

/// Width of the patterned edge of a device.
const SPINE: f32 = 9.0;

/// The pattern that says a role without its colour: read along the left edge of each device, and in the legend.
pub fn pattern(painter: &Painter, area: Rect, role: ServerRole, tokens: &Tokens) {
    let painter = painter.with_clip_rect(area.intersect(painter.clip_rect()));
    let pen = Stroke::new(1.0, tokens.text_weak);
    let rows = |step: f32| {
        let count = (area.height() / step).floor().clamp(0.0, 200.0) as u32;
        (0..=count).map(move |row| area.top() + step * (row as f32 + 0.5))
    };
    match role {
        ServerRole::CpuServer => {}
        ServerRole::GpuServer => rows(4.0).for_each(|y| {
            painter.line_segment([pos2(area.left(), y + 3.0), pos2(area.right(), y - 3.0)], pen);
        }),
        ServerRole::Switch => rows(4.0).for_each(|y| {
            for x in [0.3, 0.7] {
                painter.circle_filled(pos2(area.left() + area.width() * x, y), 1.0, tokens.text_weak);
            }
        }),
        ServerRole::Power => {
            for x in [0.33, 0.67] {
                painter.vline(area.left() + area.width() * x, area.y_range(), pen);
            }
        }
        ServerRole::Management => rows(4.0).for_each(|y| {
            painter.hline(area.x_range(), y, pen);
        }),
        ServerRole::Shelf => {
            painter.rect_stroke(area.shrink(1.5), 0.0, pen, StrokeKind::Inside);
        }
        ServerRole::Blank => rows(4.0).for_each(|y| {
            painter.line_segment([pos2(area.left(), y - 3.0), pos2(area.right(), y + 3.0)], pen);
            painter.line_segment([pos2(area.left(), y + 3.0), pos2(area.right(), y - 3.0)], pen);
        }),
    }
}

/// How a device stands in the rack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Mounted by hand.
    ByHand,
    /// Put there by filling the free room.
    Filling,
    /// Mounted at the other face, and as deep as the rack.
    Back,
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
    /// Whether it is among the chosen ones.
    pub chosen: bool,
    /// The value it is measured by. `None`: its role is shown.
    pub measured: Option<&'a Measured>,
}

/// One device.
pub fn device(painter: &Painter, area: Rect, look: &Look<'_>, tokens: &Tokens) {
    let Look { name, role, standing, marked, chosen, measured } = *look;
    let area = area.shrink2(egui::vec2(1.0, 0.5));
    let fill = if measured.is_some() { tokens.raised } else { tokens.role(role) };
    let (fill, line) = match standing {
        Standing::ByHand => (fill, Stroke::new(1.0, tokens.text_weak)),
        Standing::Filling => (fill.gamma_multiply(0.55), Stroke::new(0.5, tokens.line)),
        Standing::Back => (tokens.raised, Stroke::new(0.5, tokens.line)),
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
    if standing == Standing::Back {
        hatch(painter, area, tokens.line);
    }
    let spine = Rect::from_min_size(area.min, vec2(SPINE, area.height())).shrink2(vec2(1.0, 1.5));
    pattern(painter, spine, role, tokens);
    if chosen {
        painter.rect_stroke(area, 2.0, Stroke::new(2.0, tokens.text), StrokeKind::Inside);
    }
    if marked {
        painter.rect_stroke(area, 2.0, Stroke::new(if chosen { 3.0 } else { 2.0 }, tokens.accent), StrokeKind::Inside);
    }
    if area.width() < 40.0 {
        return;
    }
    let size = (area.height() - 3.0).clamp(8.0, 12.0);
    // In a narrow bay the name has all the room: colour and pattern say the role.
    let role_word = if area.width() < 90.0 { "" } else { role_tag(role) };
    let tag = measured.map_or(role_word, |measured| &measured.words);
    let words = match standing {
        Standing::ByHand => tag.to_owned(),
        Standing::Filling => format!("fills  {tag}"),
        Standing::Back => format!("back  {tag}"),
    };
    let right = pos2(area.right() - 5.0, area.center().y);
    let font = FontId::proportional(size.min(9.5));
    let tag = painter.text(right, Align2::RIGHT_CENTER, words, font, tokens.text_weak);
    let room = Rect::from_min_max(area.min, pos2(tag.left() - 4.0, area.max.y));
    let left = pos2(area.left() + SPINE + 3.0, area.center().y);
    let clipped = painter.with_clip_rect(room.intersect(painter.clip_rect()));
    clipped.text(left, Align2::LEFT_CENTER, name, FontId::proportional(size), tokens.text);
}

/// What is carried, where it would land: outlined, red and hatched where refused.
pub fn ghost(
    painter: &Painter,
    rack: &Elevation,
    landing: &Landing,
    layout: &RackLayout,
    servers: &Table<Server>,
    tokens: &Tokens,
) {
    let (area, place) = match landing.spot {
        Spot::Slot(bottom, _) if landing.height.0 > 0 => {
            (rack.rect(bottom, landing.height), layout.painted_place(bottom, landing.height))
        }
        Spot::Slot(bottom, _) => (rack.rect(bottom, HalfUnits(2)), "the side".to_owned()),
        Spot::Bay(bay) => {
            let shelf = layout.get(bay.shelf);
            let Some((shelf, server)) = shelf.and_then(|shelf| Some((shelf, servers.get(&shelf.server)?))) else {
                return;
            };
            let area = rack.rect(shelf.bottom, HalfUnits::covering(server.height));
            (bay_rect(area, bay.number, server.bays), format!("bay {}", bay.number))
        }
    };
    let color = if landing.refusal.is_some() { tokens.bad } else { tokens.accent };
    painter.rect(area, 2.0, color.gamma_multiply(0.25), Stroke::new(2.0, color), StrokeKind::Inside);
    if landing.refusal.is_some() {
        hatch(painter, area, color);
    }
    let words = format!("{} at {place}", landing.name);
    painter.with_clip_rect(area.intersect(painter.clip_rect())).text(
        pos2(area.left() + 6.0, area.center().y),
        Align2::LEFT_CENTER,
        words,
        FontId::proportional((area.height() - 3.0).clamp(8.0, 12.0)),
        tokens.text,
    );
}

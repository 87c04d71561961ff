//! Every colour of the window, in one table per theme. The only place with colour literals.
//!
//! One accent; every other colour carries a meaning and never carries it alone: a word, an icon or a pattern goes with
//! it. Text on panel and on raised surfaces keeps a contrast of 4.5 : 1 or more in both themes.

use egui::Color32;

use crate::catalog::{ServerRole, Standing};
use crate::sizing::memory::MemoryKind;

/// The colours of one theme, by meaning.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tokens {
    /// Behind everything one works in.
    pub canvas: Color32,
    /// Side columns and bars.
    pub panel: Color32,
    /// Buttons, cards, fields.
    pub raised: Color32,
    /// The same under the pointer.
    pub raised_hover: Color32,
    /// Lines between things.
    pub line: Color32,
    /// Text.
    pub text: Color32,
    /// Text of second rank: units, labels, sources.
    pub text_weak: Color32,
    /// What is chosen, dragged, or the main action.
    pub accent: Color32,
    /// Behind what is chosen.
    pub accent_soft: Color32,
    /// Text on the accent.
    pub on_accent: Color32,
    /// It fits.
    pub good: Color32,
    /// It is tight.
    pub warn: Color32,
    /// It does not fit.
    pub bad: Color32,
    /// Bands around likely values.
    pub band: Color32,
    /// Lines of the pattern for "unknown".
    pub hatch: Color32,
    /// Empty part of a bar, empty slot of a rack.
    pub empty: Color32,
    weights: Color32,
    cache: Color32,
    buffers: Color32,
    runtime: Color32,
    cpu_server: Color32,
    gpu_server: Color32,
    network: Color32,
    power: Color32,
    other: Color32,
    series: [Color32; 7],
}

const DARK: Tokens = Tokens {
    canvas: Color32::from_rgb(0x12, 0x15, 0x19),
    panel: Color32::from_rgb(0x19, 0x1d, 0x22),
    raised: Color32::from_rgb(0x25, 0x2b, 0x32),
    raised_hover: Color32::from_rgb(0x30, 0x38, 0x41),
    line: Color32::from_rgb(0x33, 0x3b, 0x44),
    text: Color32::from_rgb(0xe3, 0xe8, 0xed),
    text_weak: Color32::from_rgb(0xa3, 0xae, 0xba),
    accent: Color32::from_rgb(0x4f, 0xb4, 0xd8),
    accent_soft: Color32::from_rgb(0x1f, 0x44, 0x55),
    on_accent: Color32::from_rgb(0x0b, 0x17, 0x1d),
    good: Color32::from_rgb(0x6c, 0xc0, 0x7c),
    warn: Color32::from_rgb(0xe3, 0xb3, 0x4c),
    bad: Color32::from_rgb(0xee, 0x7d, 0x72),
    band: Color32::from_rgb(0x2d, 0x5c, 0x70),
    hatch: Color32::from_rgb(0x5a, 0x65, 0x70),
    empty: Color32::from_rgb(0x1d, 0x22, 0x28),
    weights: Color32::from_rgb(0x3b, 0x86, 0xa3),
    cache: Color32::from_rgb(0x8a, 0x7c, 0xc4),
    buffers: Color32::from_rgb(0xb4, 0x83, 0x4e),
    runtime: Color32::from_rgb(0x6f, 0x7d, 0x8a),
    cpu_server: Color32::from_rgb(0x28, 0x55, 0x69),
    gpu_server: Color32::from_rgb(0x4d, 0x45, 0x7a),
    network: Color32::from_rgb(0x3d, 0x5a, 0x42),
    power: Color32::from_rgb(0x6b, 0x51, 0x2c),
    other: Color32::from_rgb(0x3e, 0x47, 0x50),
    series: [
        Color32::from_rgb(0x56, 0xb4, 0xe9),
        Color32::from_rgb(0xe6, 0x9f, 0x00),
        Color32::from_rgb(0x2b, 0xb5, 0x8a),
        Color32::from_rgb(0xd9, 0x8f, 0xbf),
        Color32::from_rgb(0xf0, 0xe4, 0x42),
        Color32::from_rgb(0x7f, 0x8f, 0xe8),
        Color32::from_rgb(0xe8, 0x74, 0x3b),
    ],
};

const LIGHT: Tokens = Tokens {
    canvas: Color32::from_rgb(0xfd, 0xfd, 0xfe),
    panel: Color32::from_rgb(0xf3, 0xf5, 0xf7),
    raised: Color32::from_rgb(0xe4, 0xe8, 0xec),
    raised_hover: Color32::from_rgb(0xd7, 0xdd, 0xe3),
    line: Color32::from_rgb(0xc9, 0xd0, 0xd7),
    text: Color32::from_rgb(0x1a, 0x20, 0x27),
    text_weak: Color32::from_rgb(0x52, 0x5d, 0x69),
    accent: Color32::from_rgb(0x0a, 0x6a, 0x92),
    accent_soft: Color32::from_rgb(0xcd, 0xe6, 0xf1),
    on_accent: Color32::from_rgb(0xff, 0xff, 0xff),
    good: Color32::from_rgb(0x1b, 0x73, 0x36),
    warn: Color32::from_rgb(0x8d, 0x5f, 0x00),
    bad: Color32::from_rgb(0xb0, 0x2a, 0x1f),
    band: Color32::from_rgb(0xb4, 0xd9, 0xe9),
    hatch: Color32::from_rgb(0x9a, 0xa5, 0xb0),
    empty: Color32::from_rgb(0xea, 0xed, 0xf0),
    weights: Color32::from_rgb(0x5f, 0xa9, 0xc6),
    cache: Color32::from_rgb(0x9d, 0x90, 0xd3),
    buffers: Color32::from_rgb(0xcf, 0xa0, 0x6c),
    runtime: Color32::from_rgb(0x9b, 0xa7, 0xb2),
    cpu_server: Color32::from_rgb(0xb7, 0xdb, 0xea),
    gpu_server: Color32::from_rgb(0xd3, 0xcc, 0xf0),
    network: Color32::from_rgb(0xc5, 0xe2, 0xca),
    power: Color32::from_rgb(0xf0, 0xdc, 0xb8),
    other: Color32::from_rgb(0xd6, 0xdb, 0xe0),
    series: [
        Color32::from_rgb(0x1f, 0x7f, 0xbd),
        Color32::from_rgb(0xb8, 0x6e, 0x00),
        Color32::from_rgb(0x00, 0x85, 0x5f),
        Color32::from_rgb(0xa8, 0x40, 0x7f),
        Color32::from_rgb(0x7f, 0x71, 0x00),
        Color32::from_rgb(0x4a, 0x4f, 0xc0),
        Color32::from_rgb(0xc4, 0x4a, 0x00),
    ],
};

impl Tokens {
    /// The table that goes with these visuals.
    pub fn of(visuals: &egui::Visuals) -> &'static Self {
        Self::dark_or_light(visuals.dark_mode)
    }

    /// The table of one theme.
    pub const fn for_theme(theme: egui::Theme) -> &'static Self {
        match theme {
            egui::Theme::Dark => &DARK,
            egui::Theme::Light => &LIGHT,
        }
    }

    const fn dark_or_light(dark: bool) -> &'static Self {
        if dark { &DARK } else { &LIGHT }
    }

    /// Fill of one part of the memory ledger.
    pub const fn memory(&self, kind: MemoryKind) -> Color32 {
        match kind {
            MemoryKind::Weights => self.weights,
            MemoryKind::KvCache => self.cache,
            MemoryKind::Buffers => self.buffers,
            MemoryKind::Runtime => self.runtime,
        }
    }

    /// Fill of a mounted device by what it is there for.
    pub const fn role(&self, role: ServerRole) -> Color32 {
        match role {
            ServerRole::CpuServer => self.cpu_server,
            ServerRole::GpuServer => self.gpu_server,
            ServerRole::Switch => self.network,
            ServerRole::Power => self.power,
            ServerRole::Management | ServerRole::Shelf | ServerRole::Blank => self.other,
        }
    }

    /// Colour of one of many things of a drawing, for example a class of rows: by place, again from the first after the
    /// seventh. After the palette of Okabe and Ito, which people who see fewer colours can tell apart, made darker or
    /// lighter until each can be seen on the canvas.
    pub const fn series(&self, at: usize) -> Color32 {
        // The remainder of a division by the length is a place in the list.
        self.series[at % self.series.len()]
    }

    /// Colour of the mark beside a source, by what the value rests on.
    pub const fn standing(&self, standing: Standing) -> Color32 {
        match standing {
            Standing::Measured => self.good,
            Standing::Cited => self.accent,
            Standing::Computed => self.text_weak,
            Standing::Assumed => self.warn,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Contrast ratio of WCAG 2.1, section 1.4.3.
    fn contrast(one: Color32, other: Color32) -> f64 {
        let luminance = |color: Color32| {
            let channel = |byte: u8| {
                let c = f64::from(byte) / 255.0;
                if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
            };
            0.2126 * channel(color.r()) + 0.7152 * channel(color.g()) + 0.0722 * channel(color.b())
        };
        let (a, b) = (luminance(one), luminance(other));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn text_can_be_read_in_both_themes() {
        for (name, t) in [("dark", DARK), ("light", LIGHT)] {
            for surface in [t.canvas, t.panel] {
                for (what, color) in [
                    ("text", t.text),
                    ("weak", t.text_weak),
                    ("good", t.good),
                    ("warn", t.warn),
                    ("bad", t.bad),
                    ("accent", t.accent),
                ] {
                    let ratio = contrast(color, surface);
                    assert!(ratio >= 4.5, "{name}: {what} on {surface:?} has {ratio:.2}");
                }
            }
            for fill in
                [t.raised, t.raised_hover, t.accent_soft, t.cpu_server, t.gpu_server, t.network, t.power, t.other]
            {
                let ratio = contrast(t.text, fill);
                assert!(ratio >= 4.5, "{name}: text on {fill:?} has {ratio:.2}");
            }
            for color in t.series {
                // WCAG 2.1, section 1.4.11: graphical objects.
                let ratio = contrast(color, t.canvas);
                assert!(ratio >= 3.0, "{name}: mark {color:?} has {ratio:.2}");
            }
            assert!(contrast(t.on_accent, t.accent) >= 4.5, "{name}: text on the accent");
        }
    }
}

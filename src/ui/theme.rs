//! How the window looks: fonts, spacing and both themes' visuals, made from one table of colours.

mod tokens;

use egui::{CornerRadius, FontFamily, FontId, Stroke, TextStyle, Theme};

pub use tokens::Tokens;

/// Size of body text in points.
const BODY: f32 = 13.5;

/// Gives a context the app's look, dark and light.
pub fn install(ctx: &egui::Context) {
    for theme in [Theme::Dark, Theme::Light] {
        ctx.style_mut_of(theme, |style| restyle(style, Tokens::for_theme(theme)));
    }
}

fn restyle(style: &mut egui::Style, tokens: &Tokens) {
    let font = |size| FontId::new(size, FontFamily::Proportional);
    style.text_styles.insert(TextStyle::Small, font(11.5));
    style.text_styles.insert(TextStyle::Body, font(BODY));
    style.text_styles.insert(TextStyle::Button, font(BODY));
    style.text_styles.insert(TextStyle::Heading, font(17.0));
    style.text_styles.insert(TextStyle::Monospace, FontId::new(12.5, FontFamily::Monospace));

    let spacing = &mut style.spacing;
    spacing.item_spacing = egui::vec2(8.0, 5.0);
    spacing.button_padding = egui::vec2(8.0, 3.0);
    spacing.interact_size.y = 22.0;
    spacing.scroll = egui::style::ScrollStyle { floating: false, bar_width: 8.0, ..egui::style::ScrollStyle::solid() };

    let visuals = &mut style.visuals;
    visuals.panel_fill = tokens.panel;
    visuals.window_fill = tokens.panel;
    visuals.window_stroke = Stroke::new(1.0, tokens.line);
    visuals.extreme_bg_color = tokens.canvas;
    visuals.text_edit_bg_color = Some(tokens.canvas);
    visuals.faint_bg_color = tokens.empty;
    visuals.code_bg_color = tokens.raised;
    visuals.weak_text_color = Some(tokens.text_weak);
    visuals.hyperlink_color = tokens.accent;
    visuals.warn_fg_color = tokens.warn;
    visuals.error_fg_color = tokens.bad;
    visuals.selection.bg_fill = tokens.accent_soft;
    visuals.selection.stroke = Stroke::new(1.0, tokens.accent);
    visuals.slider_trailing_fill = true;

    let round = CornerRadius::same(4);
    let widgets = &mut visuals.widgets;
    for (widget, fill, line) in [
        (&mut widgets.noninteractive, tokens.panel, tokens.line),
        (&mut widgets.inactive, tokens.raised, tokens.line),
        (&mut widgets.hovered, tokens.raised_hover, tokens.accent),
        (&mut widgets.active, tokens.raised_hover, tokens.accent),
        (&mut widgets.open, tokens.raised_hover, tokens.line),
    ] {
        widget.bg_fill = fill;
        widget.weak_bg_fill = fill;
        widget.bg_stroke = Stroke::new(1.0, line);
        widget.fg_stroke = Stroke::new(1.0, tokens.text);
        widget.corner_radius = round;
        widget.expansion = 0.0;
    }
}

/// The colours of the theme this part of the window is drawn in.
pub fn tokens(ui: &egui::Ui) -> &'static Tokens {
    Tokens::of(ui.visuals())
}

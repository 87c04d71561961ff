//! How a class is drawn: a colour and a shape. Seven colours and ten shapes never fall together twice, and the shape alone
//! tells neighbours in the table apart.

use egui::Color32;
use egui_plot::MarkerShape;

use crate::ui::theme::Tokens;

/// Place of a class in the order of its quantity, which never changes while the program runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClassMark(pub usize);

const SHAPES: [MarkerShape; 10] = [
    MarkerShape::Circle,
    MarkerShape::Square,
    MarkerShape::Up,
    MarkerShape::Diamond,
    MarkerShape::Cross,
    MarkerShape::Down,
    MarkerShape::Plus,
    MarkerShape::Left,
    MarkerShape::Asterisk,
    MarkerShape::Right,
];

impl ClassMark {
    /// Its shape.
    pub fn shape(self) -> MarkerShape {
        // The remainder of a division by the length is a place in the list.
        SHAPES.get(self.0 % SHAPES.len()).copied().unwrap_or(MarkerShape::Circle)
    }

    /// Its colour.
    pub fn color(self, tokens: &Tokens) -> Color32 {
        tokens.series(self.0)
    }
}

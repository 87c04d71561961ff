//! Rows ready to be drawn, made anew when the choice changes: points by class, the table, the bounds.

use std::collections::BTreeMap;

use egui_plot::PlotPoint;

use super::marks::ClassMark;
use crate::accuracy::{self, Row, Selection, Table};

/// Rows of one class.
pub struct Group {
    /// The class.
    pub class: &'static str,
    /// How it is drawn.
    pub mark: ClassMark,
    /// Measured and estimated, logarithms to base 10; judged rows.
    pub points: Vec<PlotPoint>,
    /// The same for rows set aside, where they are shown.
    pub set_aside: Vec<PlotPoint>,
}

/// One row with its place in the drawing.
#[derive(Clone, Copy)]
pub struct Spot {
    /// The row.
    pub row: Row<'static>,
    /// Its point.
    pub point: PlotPoint,
}

/// Everything that is drawn of one choice.
pub struct Shown {
    /// What was chosen.
    pub selection: Selection,
    /// Whether rows set aside are among the spots.
    pub with_set_aside: bool,
    /// The table. `None`: nothing was judged so.
    pub table: Option<Table>,
    /// By class.
    pub groups: Vec<Group>,
    /// All rows drawn, the smallest measured value first.
    pub spots: Vec<Spot>,
    /// Rows set aside that could be drawn.
    pub set_aside: usize,
    /// Logarithms of the smallest and the largest value drawn.
    pub bounds: (f64, f64),
}

/// Each class of a quantity with its mark: that with most rows first, whatever else is chosen.
pub fn marks(quantity: accuracy::Quantity) -> BTreeMap<&'static str, ClassMark> {
    let mut counts = BTreeMap::<&'static str, usize>::new();
    for row in accuracy::rows_of(quantity).filter(|row| row.set_aside().is_none()) {
        *counts.entry(row.class()).or_default() += 1;
    }
    let mut classes: Vec<(&'static str, usize)> = counts.into_iter().collect();
    classes.sort_by_key(|(_, rows)| std::cmp::Reverse(*rows));
    classes.into_iter().enumerate().map(|(at, (class, _))| (class, ClassMark(at))).collect()
}

impl Shown {
    /// Chooses, sums up and places.
    pub fn of(selection: Selection, with_set_aside: bool) -> Self {
        let marks = marks(selection.quantity);
        let mut groups: Vec<Group> = marks
            .iter()
            .map(|(&class, &mark)| Group { class, mark, points: Vec::new(), set_aside: Vec::new() })
            .collect();
        groups.sort_by_key(|group| group.mark.0);
        let mut spots = Vec::new();
        let mut set_aside = 0;
        for row in accuracy::rows_of(selection.quantity).filter(|row| selection.shows(row)) {
            let aside = row.set_aside().is_some();
            set_aside += usize::from(aside);
            if aside && !with_set_aside {
                continue;
            }
            let Some(estimate) = row.estimate(selection.left_out) else { continue };
            let point = PlotPoint::new(row.measured().log10(), estimate.likely.log10());
            let place = marks.get(row.class()).and_then(|mark| groups.get_mut(mark.0));
            if let Some(group) = place {
                if aside { group.set_aside.push(point) } else { group.points.push(point) }
            }
            spots.push(Spot { row, point });
        }
        spots.sort_by(|a, b| a.row.measured().total_cmp(&b.row.measured()));
        let ends = spots.iter().flat_map(|spot| [spot.point.x, spot.point.y]);
        let bounds = ends.fold((f64::MAX, f64::MIN), |(low, high), end| (low.min(end), high.max(end)));
        Self {
            selection,
            with_set_aside,
            table: accuracy::table(accuracy::rows_of(selection.quantity), selection),
            groups,
            bounds: if spots.is_empty() { (0.0, 1.0) } else { bounds },
            spots,
            set_aside,
        }
    }

    /// How a class is drawn.
    pub fn mark(&self, class: &str) -> Option<ClassMark> {
        self.groups.iter().find(|group| group.class == class).map(|group| group.mark)
    }
}

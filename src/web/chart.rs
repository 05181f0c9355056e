//! Pictures of figures, drawn on the server: bars, and the hours of a week.
//! Each stands beside a table with the same figures.

use serde::Serialize;

use crate::domain::report::{HourOfWeek, WEEKDAYS};

/// Bars of one picture; the table has them all.
const MOST_ROWS: usize = 40;
/// Letters of a label.
const MOST_LETTERS: usize = 34;
const LABELS: u32 = 250;
const PLOT: u32 = 400;
const WIDTH: u32 = 720;
const BAR: u32 = 18;
const GAP: u32 = 10;
const CELL: (u32, u32) = (28, 26);
const HEADS: (u32, u32) = (44, 22);

/// How the parts of one row lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lie {
    /// One after the other: parts of a whole.
    Stacked,
    /// One below the other: figures to compare.
    Apart,
}

/// What a picture of bars is made of.
pub(crate) struct Bars {
    /// What it shows, as a finding.
    pub(crate) title: String,
    /// Names of the series.
    pub(crate) series: Vec<&'static str>,
    /// How they lie.
    pub(crate) lie: Lie,
    /// A label, and a figure for each of the series.
    pub(crate) rows: Vec<(String, Vec<f64>)>,
}

/// A picture of bars, as its template wants it.
#[derive(Serialize)]
pub(crate) struct ShownBars {
    title: String,
    width: u32,
    height: u32,
    series: Vec<ShownSeries>,
    rows: Vec<ShownRow>,
    is_cut: bool,
}

#[derive(Serialize)]
struct ShownSeries {
    place: usize,
    name: &'static str,
}

#[derive(Serialize)]
struct ShownRow {
    label: String,
    label_x: u32,
    label_y: u32,
    parts: Vec<ShownPart>,
    ends: Vec<ShownEnd>,
}

#[derive(Serialize)]
struct ShownPart {
    series: usize,
    x: f64,
    y: u32,
    width: f64,
    height: u32,
    words: String,
}

#[derive(Serialize)]
struct ShownEnd {
    x: f64,
    y: u32,
    words: String,
}

impl Bars {
    /// Places every bar.
    pub(crate) fn shown(self) -> ShownBars {
        let is_cut = self.rows.len() > MOST_ROWS;
        let rows: Vec<_> = self.rows.iter().take(MOST_ROWS).collect();
        let reach = |(_, figures): &&(String, Vec<f64>)| match self.lie {
            Lie::Stacked => figures.iter().sum::<f64>(),
            Lie::Apart => figures.iter().copied().fold(0.0, f64::max),
        };
        let widest = rows.iter().map(reach).fold(0.0, f64::max);
        let scale = if widest > 0.0 { f64::from(PLOT) / widest } else { 0.0 };
        let bars = match self.lie {
            Lie::Stacked => 1,
            Lie::Apart => u32::try_from(self.series.len()).unwrap_or(1).max(1),
        };
        let step = BAR * bars + GAP;
        let mut y = GAP / 2;
        let mut shown = Vec::with_capacity(rows.len());
        for row in rows {
            shown.push(self.row(row, y, scale));
            y += step;
        }
        let series = self.series.iter().enumerate();
        ShownBars {
            title: self.title.clone(),
            width: WIDTH,
            height: y + GAP / 2,
            series: series.map(|(place, name)| ShownSeries { place: place + 1, name }).collect(),
            rows: shown,
            is_cut,
        }
    }

    fn row(&self, (label, figures): &(String, Vec<f64>), top: u32, scale: f64) -> ShownRow {
        let (mut parts, mut ends) = (Vec::new(), Vec::new());
        let (mut x, mut y) = (f64::from(LABELS + 8), top);
        for ((place, figure), name) in figures.iter().enumerate().zip(&self.series) {
            let width = tenths(figure * scale);
            if *figure > 0.0 {
                let words = format!("{label}, {name}: {}", tenths(*figure));
                parts.push(ShownPart {
                    series: place + 1,
                    x: tenths(x),
                    y,
                    width,
                    height: BAR - 2,
                    words,
                });
            }
            match self.lie {
                Lie::Stacked => x += width,
                Lie::Apart => {
                    let words = tenths(*figure).to_string();
                    ends.push(ShownEnd { x: tenths(x + width + 4.0), y: y + BAR - 5, words });
                    y += BAR;
                }
            }
        }
        if self.lie == Lie::Stacked {
            let words = tenths(figures.iter().sum()).to_string();
            ends.push(ShownEnd { x: tenths(x + 4.0), y: top + BAR - 5, words });
        }
        let label = shortened(label);
        ShownRow { label, label_x: LABELS, label_y: top + BAR - 5, parts, ends }
    }
}

/// The hours of a week, the darker the more.
#[derive(Serialize)]
pub(crate) struct ShownHeat {
    title: String,
    width: u32,
    height: u32,
    hours: Vec<ShownEnd>,
    days: Vec<ShownEnd>,
    cells: Vec<ShownCell>,
}

#[derive(Serialize)]
struct ShownCell {
    level: u32,
    x: u32,
    y: u32,
    width: u32,
    height: u32,
    text_x: u32,
    text_y: u32,
    figure: String,
    words: String,
}

/// Places every hour of the week.
pub(crate) fn heat(title: String, week: &HourOfWeek) -> ShownHeat {
    let most = (0..7).flat_map(|day| (0..24).map(move |hour| week.mean(day, hour)));
    let most = most.fold(0.0, f64::max);
    let column = |hour: usize| HEADS.0 + u32::try_from(hour).unwrap_or(0) * CELL.0;
    let line = |day: usize| HEADS.1 + u32::try_from(day).unwrap_or(0) * CELL.1;
    let mut cells = Vec::with_capacity(7 * 24);
    for (day, name) in WEEKDAYS.iter().enumerate() {
        for hour in 0..24 {
            let mean = tenths(week.mean(day, hour));
            let (x, y) = (column(hour), line(day));
            cells.push(ShownCell {
                level: level(week.mean(day, hour), most),
                x,
                y,
                width: CELL.0 - 2,
                height: CELL.1 - 2,
                text_x: x + CELL.0 / 2 - 1,
                text_y: y + 16,
                figure: if mean > 0.0 { mean.to_string() } else { String::new() },
                words: format!("{name} {hour}:00: {mean} a week"),
            });
        }
    }
    let hour =
        |hour: usize| ShownEnd { x: f64::from(column(hour)), y: 15, words: hour.to_string() };
    let day = |(place, name): (usize, &&str)| ShownEnd {
        x: 4.0,
        y: line(place) + 17,
        words: (*name).to_owned(),
    };
    ShownHeat {
        title,
        width: column(24),
        height: line(7),
        hours: (0..24).map(hour).collect(),
        days: WEEKDAYS.iter().enumerate().map(day).collect(),
        cells,
    }
}

/// From 0, nothing, to 5, the most.
fn level(mean: f64, most: f64) -> u32 {
    let fifths = [0.0, 0.2, 0.4, 0.6, 0.8];
    let passed = fifths.iter().filter(|share| mean > **share * most).count();
    u32::try_from(passed).unwrap_or(0)
}

fn shortened(label: &str) -> String {
    if label.chars().count() <= MOST_LETTERS {
        return label.to_owned();
    }
    let short: String = label.chars().take(MOST_LETTERS - 1).collect();
    format!("{short}…")
}

fn tenths(figure: f64) -> f64 {
    (figure * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bars(lie: Lie, rows: &[(&str, &[f64])]) -> ShownBars {
        let rows = rows.iter().map(|(label, figures)| ((*label).to_owned(), figures.to_vec()));
        Bars { title: "T".to_owned(), series: vec!["a", "b"], lie, rows: rows.collect() }.shown()
    }

    #[test]
    fn parts_of_a_whole_follow_each_other_and_the_longest_fills_the_plot() {
        let shown = bars(Lie::Stacked, &[("one", &[30.0, 10.0]), ("two", &[0.0, 20.0])]);
        let [first, second] = shown.rows.as_slice() else { panic!("two rows") };
        let [a, b] = first.parts.as_slice() else { panic!("two parts") };
        assert_eq!((a.x, a.width, b.x, b.width), (258.0, 300.0, 558.0, 100.0));
        let [only] = second.parts.as_slice() else { panic!("nothing is drawn of nothing") };
        assert_eq!((only.series, only.x, only.width), (2, 258.0, 200.0));
        assert_eq!(second.ends.first().map(|end| end.words.as_str()), Some("20"));
    }

    #[test]
    fn nothing_at_all_is_a_picture_without_bars() {
        let shown = bars(Lie::Apart, &[("none", &[0.0, 0.0])]);
        assert!(shown.rows.iter().all(|row| row.parts.is_empty() && row.ends.len() == 2));
        assert_eq!(shortened(&"x".repeat(99)).chars().count(), MOST_LETTERS);
    }

    #[test]
    fn an_hour_is_the_darker_the_more() {
        assert_eq!([0.0, 0.1, 2.0, 5.0, 10.0].map(|mean| level(mean, 10.0)), [0, 1, 1, 3, 5]);
    }
}

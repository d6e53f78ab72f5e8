//! Charts as SVG, made here: no script, no style within it, readable on a telephone (its units are half a pixel there). Each has its title and
//! description for who does not see it, or says in text what it shows; what is told apart by colour is told apart by shape, dash or hatching,
//! too.

use crate::reports::figures::Percent;
use askama::Template;

/// The width of all charts.
const WIDTH: u32 = 720;
/// Where the plot of a chart over months begins and ends.
const LEFT: u32 = 110;
const RIGHT: u32 = 700;
const TOP: u32 = 20;
const BOTTOM: u32 = 320;

/// What stands beside or below an axis.
pub struct Tick {
    at: u32,
    text: String,
}

/// A point of a line.
pub struct Point {
    x: u32,
    y: u32,
    words: String,
}

/// A line of a chart.
pub struct Line {
    name: &'static str,
    /// Which shape and dash.
    kind: u32,
    points: Vec<Point>,
    path: String,
}

/// Shares over months, as lines.
#[derive(Template)]
#[template(path = "figures/lines.html")]
pub struct LineChart {
    /// What tells it apart on its page.
    id: &'static str,
    title: String,
    description: String,
    lines: Vec<Line>,
    across: Vec<Tick>,
    along: Vec<Tick>,
}

/// A part of a column.
pub struct Part {
    y: u32,
    height: u32,
}

/// A column of a chart.
pub struct Column {
    x: u32,
    width: u32,
    lower: Part,
    upper: Part,
    words: String,
}

/// Two amounts over months, as columns one on the other.
#[derive(Template)]
#[template(path = "figures/columns.html")]
pub struct ColumnChart {
    id: &'static str,
    title: String,
    description: String,
    lower: &'static str,
    upper: &'static str,
    columns: Vec<Column>,
    across: Vec<Tick>,
    along: Vec<Tick>,
}

/// A bar of a chart.
pub struct Bar {
    label: String,
    words: String,
    width: u32,
}

/// Something of several, as bars below what they say.
#[derive(Template)]
#[template(path = "figures/bars.html")]
pub struct BarChart {
    bars: Vec<Bar>,
    /// Where the line of the target is, and what it says.
    target: Option<Tick>,
}

/// Where the nth of so many stands between two places.
fn between(low: u32, high: u32, part: u128, whole: u128) -> u32 {
    let wide = u128::from(high.saturating_sub(low));
    let at = part.min(whole).saturating_mul(wide).checked_div(whole).unwrap_or_default();
    low.saturating_add(u32::try_from(at).unwrap_or_default())
}

fn count(number: usize) -> u128 {
    u128::try_from(number).unwrap_or_default()
}

/// Every second month has its name where there are many.
fn months(names: &[String], at: impl Fn(usize) -> u32) -> Vec<Tick> {
    let every = if names.len() > 6 { 2 } else { 1 };
    let last = names.len().saturating_sub(1);
    let shown = names.iter().enumerate().filter(|(n, _)| (last.saturating_sub(*n)).is_multiple_of(every));
    shown.map(|(n, text)| Tick { at: at(n), text: text.clone() }).collect()
}

impl LineChart {
    /// Lines of shares, each with its name and a value for each month, which has a name and one below the axis; none where there is nothing. None if all are so.
    pub fn new(
        id: &'static str,
        (title, description): (String, String),
        (names, marks): (&[String], &[String]),
        shares: &[(&'static str, Vec<Option<Percent>>)],
        words: impl Fn(&str, &str, Percent) -> String,
    ) -> Option<Self> {
        let least = shares.iter().flat_map(|(_, values)| values.iter().flatten()).min()?.0;
        // from the full ten percent below
        let base = least / 1_000 * 1_000;
        let base = if base >= Percent::WHOLE.0 { 9_000 } else { base };
        let whole = u128::from(Percent::WHOLE.0.saturating_sub(base));
        let x = |n: usize| between(LEFT, RIGHT.saturating_sub(20), count(n), count(names.len().saturating_sub(1)));
        let y = |percent: u32| between(TOP, BOTTOM, u128::from(Percent::WHOLE.0.saturating_sub(percent)), whole);
        let lines = (0_u32..).zip(shares).map(|(kind, (name, values))| {
            let points: Vec<Point> = values
                .iter()
                .zip(names)
                .enumerate()
                .filter_map(|(n, (value, month))| {
                    let value = (*value)?;
                    Some(Point { x: x(n), y: y(value.0), words: words(name, month, value) })
                })
                .collect();
            let path = points.iter().map(|point| format!("{},{}", point.x, point.y)).collect::<Vec<_>>().join(" ");
            Line { name, kind, points, path }
        });
        let middle = base.midpoint(Percent::WHOLE.0);
        let across = [base, middle, Percent::WHOLE.0].map(|at| Tick { at: y(at), text: format!("{} %", at / 100) });
        Some(Self { id, title, description, lines: lines.collect(), across: across.into(), along: months(marks, x) })
    }
}

impl ColumnChart {
    /// Columns of two amounts for each month; none if there is nothing.
    pub fn new(
        id: &'static str,
        (title, description): (String, String),
        (names, marks): (&[String], &[String]),
        (lower, upper): (&'static str, &'static str),
        amounts: &[(i128, i128)],
        words: impl Fn(i128) -> String,
    ) -> Option<Self> {
        let plain = |amount: i128| u128::try_from(amount).unwrap_or_default();
        let sum = |(lower, upper): &(i128, i128)| plain(*lower).saturating_add(plain(*upper));
        let most = amounts.iter().map(sum).max().filter(|most| *most > 0)?;
        let most = rounded_up(most);
        let slot = RIGHT.saturating_sub(LEFT).checked_div(u32::try_from(amounts.len()).ok()?)?;
        let width = slot.saturating_mul(7) / 10;
        let x = |n: usize| LEFT.saturating_add(slot.saturating_mul(u32::try_from(n).unwrap_or_default()));
        let height = |amount: u128| between(0, BOTTOM.saturating_sub(TOP), amount, most);
        let columns = amounts.iter().zip(names).enumerate().map(|(n, (amounts, month))| {
            let low = height(plain(amounts.0));
            let both = height(sum(amounts));
            let upper_height = both.saturating_sub(low);
            Column {
                x: x(n).saturating_add(slot.saturating_sub(width) / 2),
                width,
                lower: Part { y: BOTTOM.saturating_sub(low), height: low },
                upper: Part { y: BOTTOM.saturating_sub(both), height: upper_height },
                words: format!("{month}: {lower} {}, {upper} {}", words(amounts.0), words(amounts.1)),
            }
        });
        let tick = |amount: u128| Tick { at: BOTTOM.saturating_sub(height(amount)), text: short(amount) };
        let across = [0, most / 2, most].map(tick);
        let along = months(marks, |n| x(n).saturating_add(slot / 2));
        Some(Self { id, title, description, lower, upper, columns: columns.collect(), across: across.into(), along })
    }
}

impl BarChart {
    /// Bars of values, each with its label and its value in words, of at most `most`; with a line where they are to be.
    pub fn new(bars: Vec<(String, u128, String)>, most: u128, target: Option<(u128, String)>) -> Option<Self> {
        if bars.is_empty() {
            return None;
        }
        let wide = |value| between(0, WIDTH, value, most);
        let bars = bars.into_iter().map(|(label, value, words)| Bar { label, words, width: wide(value).max(2) });
        let target = target.map(|(value, text)| Tick { at: wide(value), text });
        Some(Self { bars: bars.collect(), target })
    }
}

/// The next number that has one digit and zeros, or half of ten.
fn rounded_up(number: u128) -> u128 {
    let power = 10_u128.checked_pow(number.checked_ilog10().unwrap_or_default()).unwrap_or(1);
    [1, 2, 4, 6, 8, 10].into_iter().map(|n| power.saturating_mul(n)).find(|round| *round >= number).unwrap_or(number)
}

/// `1,5 tỷ`, `20 tr`, as there is room for beside an axis.
fn short(amount: u128) -> String {
    let (unit, word) = match amount {
        0 => return "0".to_owned(),
        1_000_000_000.. => (1_000_000_000, "tỷ"),
        1_000_000.. => (1_000_000, "tr"),
        _ => (1_000, "k"),
    };
    match amount % unit * 10 / unit {
        0 => format!("{} {word}", amount / unit),
        tenth => format!("{},{tenth} {word}", amount / unit),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_end_at_round_numbers() {
        assert_eq!([rounded_up(1), rounded_up(11), rounded_up(47), rounded_up(99)], [1, 20, 60, 100]);
        assert_eq!([short(1_500_000_000), short(20_000_000), short(0)], ["1,5 tỷ", "20 tr", "0"]);
    }

    #[test]
    fn a_chart_says_what_it_shows_and_is_within_its_frame() {
        let names: Vec<String> = (1..=12).map(|n| format!("{n}/2026")).collect();
        let values: Vec<_> = (0..12).map(|n| Some(Percent(9_000 + n * 80))).collect();
        let words = |name: &str, month: &str, percent: Percent| format!("{name} {month} {percent}");
        let title = ("<Tỷ lệ>".to_owned(), "mô tả".to_owned());
        let chart = LineChart::new("a", title.clone(), (&names, &names), &[("ký", values)], words).unwrap();
        assert!(chart.lines[0].points.iter().all(|p| (LEFT..=RIGHT).contains(&p.x) && (TOP..=BOTTOM).contains(&p.y)));
        let drawn = |chart: &dyn askama::DynTemplate| format!("<div>{}</div>", chart.dyn_render().unwrap());
        let svg = drawn(&chart);
        assert!(
            svg.contains("aria-labelledby=\"a-title a-desc\"") && !svg.contains("<Tỷ lệ>") && !svg.contains("style="),
            "{svg}"
        );
        assert!(roxmltree::Document::parse(&svg).is_ok(), "{svg}");
        let columns =
            ColumnChart::new("b", title, (&names, &names), ("quầy", "cổng"), &[(10, 20); 12], |n| n.to_string())
                .unwrap();
        assert!(columns.columns.iter().all(|c| c.x + c.width <= RIGHT && c.upper.y + c.upper.height == c.lower.y));
        assert!(roxmltree::Document::parse(&drawn(&columns)).is_ok());
        let bars =
            BarChart::new(vec![("<xã>".to_owned(), 5, "5 %".to_owned())], 10, Some((9, "9 %".to_owned()))).unwrap();
        assert_eq!((bars.bars[0].width, bars.target.as_ref().unwrap().at), (WIDTH / 2, 648));
        assert!(roxmltree::Document::parse(&drawn(&bars)).is_ok());
        let none = (String::new(), String::new());
        assert!(BarChart::new(Vec::new(), 10, None).is_none());
        assert!(ColumnChart::new("b", none, (&names, &names), ("", ""), &[(0, 0); 12], |n| n.to_string()).is_none());
    }
}

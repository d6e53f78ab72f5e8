//! Figures: what the unit and all below it have done in a period, against targets and the period before; as tables, charts and CSV.

mod chart;

use super::Language;
use super::form::Form;
use super::shell::{Shell, Visit, shown};
use crate::http::figures::period;
use crate::http::problem::Answer;
use crate::people::permissions::Permission;
use crate::receipts::amount::grouped;
use crate::reports::figures::period::Period;
use crate::reports::figures::{
    self, Counts, FeeFigures, Figures, Level, Percent, Report, Share, ShareView, UnitFigures,
};
use crate::store::people::UnitRow;
use askama::Template;
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use chart::{BarChart, ColumnChart, LineChart};
use std::cmp::Ordering;
use std::collections::BTreeMap;
use time::Date;
use url::form_urlencoded;

/// Units that a chart shows at most.
const MOST_BARS: usize = 10;
/// Shares that the table of units has columns for.
const COLUMNS: [Share; 5] = [Share::Signed, Share::Lasting, Share::SameDay, Share::Online, Share::OnTime];
/// Shares that are drawn over the months.
const DRAWN: [Share; 3] = [Share::Signed, Share::OnTime, Share::Online];

/// What is asked for.
struct Asked {
    unit: Option<String>,
    period: Option<String>,
    from: Option<String>,
    to: Option<String>,
    level: Option<String>,
    sort: Option<String>,
}

impl Asked {
    /// By the fields that were filled in. Where both are, a period that was chosen anew counts, else the days: `was` is the period that the
    /// form had.
    fn of(address: &Uri) -> Answer<Self> {
        let form = Form::asked(address)?;
        let some = |name: &str| form.given(name).map(str::to_owned);
        let day = |name: &str| form.given(name).map(iso);
        let (mut period, mut from, mut to) = (some("period"), day("from"), day("to"));
        if period.as_deref().is_some_and(|period| period != form.text("was") || (from.is_none() && to.is_none())) {
            (from, to) = (None, None);
        } else {
            period = None;
        }
        Ok(Self { unit: some("unit"), period, from, to, level: some("level"), sort: some("sort") })
    }

    /// An address with this, but for what is given.
    fn address(&self, path: &str, but: &[(&str, &str)]) -> String {
        let own = [
            ("unit", &self.unit),
            ("period", &self.period),
            ("from", &self.from),
            ("to", &self.to),
            ("level", &self.level),
            ("sort", &self.sort),
        ];
        let own = own.iter().filter_map(|(name, value)| Some((*name, value.as_deref()?)));
        let mut pairs: BTreeMap<&str, &str> = own.collect();
        pairs.extend(but.iter().copied());
        let mut address = form_urlencoded::Serializer::new(String::new());
        address.extend_pairs(pairs.iter().filter(|(_, value)| !value.is_empty()));
        format!("{path}?{}", address.finish())
    }
}

/// A day as it is written in Vietnam, `24/11/2026`, as it stands in addresses; anything else as it is.
fn iso(text: &str) -> String {
    match *text.split('/').map(str::trim).collect::<Vec<_>>() {
        [day, month, year] => format!("{year}-{month:0>2}-{day:0>2}"),
        _ => text.to_owned(),
    }
}

/// The other way round.
fn vietnamese(text: &str) -> String {
    match *text.split('-').collect::<Vec<_>>() {
        [year, month, day] => format!("{day}/{month}/{year}"),
        _ => text.to_owned(),
    }
}

/// Something to choose.
struct Choice {
    value: String,
    words: String,
    is_chosen: bool,
}

/// A share, as it is shown.
struct ShareLine {
    name: &'static str,
    now: String,
    part: String,
    target: String,
    before: String,
    change: String,
    /// Whether it is what it is to be, in words.
    met: Option<(bool, &'static str)>,
}

/// A count, as it is shown.
struct CountLine {
    name: &'static str,
    /// Whether it is a part of the one above.
    is_part: bool,
    now: String,
    before: String,
    change: String,
}

/// A fee, as it is shown.
struct FeeLine {
    name: String,
    receipts: String,
    now: String,
    before: String,
}

/// A month, as it is shown.
struct MonthLine {
    name: String,
    cells: Vec<String>,
}

/// A unit or a level, as it is shown.
struct UnitLine {
    name: String,
    /// What is to be known of its numbers.
    note: Option<String>,
    /// Its own page.
    link: Option<String>,
    cells: Vec<Cell>,
}

/// A number in a line.
struct Cell {
    text: String,
    /// It is less than it is to be.
    is_short: bool,
}

/// The head of a column that lines may be sorted by.
struct Head {
    name: &'static str,
    link: String,
    sort: Option<&'static str>,
    is_number: bool,
}

/// The units, and their levels.
struct Table {
    /// What the bars are of.
    share: &'static str,
    by_level: Option<BarChart>,
    lowest: Option<BarChart>,
    heads: Vec<Head>,
    /// What the units may be narrowed down to.
    choices: Vec<(Choice, String)>,
    levels: Vec<UnitLine>,
    lines: Vec<UnitLine>,
}

#[derive(Template)]
#[template(path = "figures/page.html")]
struct Page {
    shell: Shell,
    /// The period cannot be read.
    is_wrong: bool,
    name: String,
    /// What is to be known of its numbers.
    note: Option<String>,
    above: Option<(String, String)>,
    period: String,
    before: String,
    periods: Vec<Choice>,
    from: String,
    to: String,
    units: Vec<Choice>,
    is_empty: bool,
    shares: Vec<ShareLine>,
    counts: Vec<CountLine>,
    by_share: Option<LineChart>,
    by_amount: Option<ColumnChart>,
    months: Vec<MonthLine>,
    by_fee: Option<BarChart>,
    fees: Vec<FeeLine>,
    table: Option<Table>,
    csv_units: String,
    csv_months: String,
    csv_fees: String,
}

fn share_name(language: Language, share: Share) -> &'static str {
    let (vi, en) = match share {
        Share::Signed => ("Văn bản đi ký số đủ lãnh đạo và cơ quan", "Documents signed by leader and seal"),
        Share::Lasting => ("Chữ ký đạt mức B-LT trở lên", "Signatures at level B-LT or better"),
        Share::SameDay => ("Văn bản phát hành trong ngày", "Documents issued the same day"),
        Share::Electronic => ("Biên lai điện tử", "Receipts that are electronic"),
        Share::UnitsOnReceipts => ("Đơn vị dùng biên lai điện tử", "Units on electronic receipts"),
        Share::Online => ("Hồ sơ thanh toán trực tuyến", "Dossiers paid online"),
        Share::OnTime => ("Hồ sơ giải quyết đúng hạn", "Dossiers on time"),
    };
    language.pick(vi, en)
}

/// The same in the head of a column.
fn short_name(language: Language, share: Share) -> &'static str {
    let (vi, en) = match share {
        Share::Signed => ("Ký số", "Signed"),
        Share::Lasting => ("B-LT", "B-LT"),
        Share::SameDay => ("Trong ngày", "Same day"),
        Share::Electronic => ("Điện tử", "Electronic"),
        Share::UnitsOnReceipts => ("Dùng biên lai", "On receipts"),
        Share::Online => ("Trực tuyến", "Online"),
        Share::OnTime => ("Đúng hạn", "On time"),
    };
    language.pick(vi, en)
}

fn level_name(language: Language, level: Level) -> &'static str {
    let (vi, en) = match level {
        Level::Province => ("Cấp tỉnh", "Province"),
        Level::Department => ("Sở, ngành, đơn vị sự nghiệp", "Departments, service units"),
        Level::District => ("Cấp huyện (trước ngày 01/7/2025)", "Districts (until 1 July 2025)"),
        Level::Commune => ("Xã, phường, đặc khu", "Communes, wards, special zones"),
        Level::Unknown => ("Chưa khai loại đơn vị", "Kind of unit not given"),
    };
    language.pick(vi, en)
}

fn percent(language: Language, share: Option<Percent>) -> String {
    match (share, language) {
        (None, _) => "–".to_owned(),
        (Some(share), Language::Vi) => share.to_string(),
        (Some(share), Language::En) => share.to_string().replace(',', ".").replace(' ', ""),
    }
}

fn number(count: u64) -> String {
    grouped(i64::try_from(count).unwrap_or(i64::MAX))
}

fn dong(amount: i128) -> String {
    i64::try_from(amount).map_or_else(|_| amount.to_string(), grouped) + " đ"
}

/// A change in points of percent: `▲ 0,85 điểm`.
fn points(language: Language, now: Option<Percent>, before: Option<Percent>) -> String {
    let Some((now, before)) = now.zip(before) else { return String::new() };
    let sign = match now.cmp(&before) {
        Ordering::Greater => "▲",
        Ordering::Less => "▼",
        Ordering::Equal => return language.pick("không đổi", "no change").to_owned(),
    };
    let by = Percent(now.0.abs_diff(before.0)).to_string();
    let by = by.trim_end_matches(" %");
    match language {
        Language::Vi => format!("{sign} {by} điểm"),
        Language::En => format!("{sign} {} points", by.replace(',', ".")),
    }
}

/// A change of a count in percent of what it was: `▲ 12,3 %`.
fn growth(language: Language, now: i128, before: i128) -> String {
    let sign = match now.cmp(&before) {
        Ordering::Greater => "▲",
        Ordering::Less => "▼",
        Ordering::Equal => return String::new(),
    };
    let by = u64::try_from(now.abs_diff(before)).ok().zip(u64::try_from(before).ok());
    match by.and_then(|(by, before)| Percent::of(by, before)) {
        Some(by) => format!("{sign} {}", percent(language, Some(by))),
        None => format!("{sign} {}", language.pick("mới", "new")),
    }
}

fn month_words(month: &str) -> String {
    let (year, month) = month.split_once('-').unwrap_or(("", month));
    format!("{}/{year}", month.trim_start_matches('0'))
}

/// As there is room for below an axis: `11/26`.
fn month_mark(month: &str) -> String {
    let (year, month) = month.split_once('-').unwrap_or(("", month));
    format!("{}/{}", month.trim_start_matches('0'), year.get(2..).unwrap_or_default())
}

/// The months, quarters and years to choose from.
fn periods(language: Language, today: Date, chosen: Period) -> Vec<Choice> {
    let this = Period::year_of(today);
    let mut all = vec![this];
    all.extend(this.previous());
    // the month, and the quarter, of today, and what comes before
    let begins = |unit: u8| {
        let month = u8::from(today.month()).saturating_sub(1);
        let first = month.saturating_sub(month.checked_rem(unit).unwrap_or_default()).saturating_add(1);
        let quarter = u8::from(today.month()).div_ceil(3);
        if unit == 3 { format!("{:04}-Q{quarter}", today.year()) } else { format!("{:04}-{first:02}", today.year()) }
    };
    for (unit, count) in [(3, 5), (1, 13)] {
        let first = begins(unit).parse::<Period>().ok();
        all.extend(std::iter::successors(first, |period| period.previous()).take(count));
    }
    let choice = |period: Period| Choice {
        value: period.to_string(),
        words: capital(&period.words(language)),
        is_chosen: period == chosen,
    };
    all.into_iter().map(choice).collect()
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

fn share_lines(language: Language, figures: &Figures) -> Vec<ShareLine> {
    let line = |share: &ShareView| ShareLine {
        name: share_name(language, share.name),
        now: percent(language, share.percent),
        part: format!("{} / {}", number(share.part), number(share.whole)),
        target: share.target.map(|target| percent(language, Some(target))).unwrap_or_default(),
        before: percent(language, share.previous),
        change: points(language, share.percent, share.previous),
        met: share.is_met().map(|is_met| {
            (is_met, if is_met { language.pick("Đạt", "Met") } else { language.pick("Chưa đạt", "Not met") })
        }),
    };
    figures.shares.iter().map(line).collect()
}

/// A count: its name in both languages, whether it is a part of the one above, whether it is dong, where it is.
type Counted = (&'static str, &'static str, bool, bool, fn(&Counts) -> i128);

fn count_lines(language: Language, now: &Counts, before: &Counts) -> Vec<CountLine> {
    let rows: [Counted; 15] = [
        ("Văn bản đi phát hành", "Documents issued", false, false, |c| c.documents.into()),
        ("văn bản giấy (đơn vị báo)", "on paper (as told by units)", true, false, |c| {
            c.paper_documents.into()
        }),
        ("bản sao điện tử", "electronic copies", true, false, |c| c.copies.into()),
        ("Văn bản đến", "Documents received", false, false, |c| c.received.into()),
        ("chữ ký không hợp lệ", "whose signatures failed", true, false, |c| c.received_failed.into()),
        ("Biên lai điện tử đã lập", "Electronic receipts issued", false, false, |c| c.receipts.into()),
        ("bị thay thế", "replaced", true, false, |c| c.receipts_replaced.into()),
        ("bị hủy", "voided", true, false, |c| c.receipts_voided.into()),
        ("Biên lai giấy (đơn vị báo)", "Receipts on paper (as told by units)", false, false, |c| {
            c.paper_receipts.into()
        }),
        ("Số tiền đã thu", "Amount collected", false, true, |c| c.amount),
        ("tại quầy", "at counters", true, true, |c| c.counter_amount),
        ("qua cổng dịch vụ công", "through the portal", true, true, |c| c.portal_amount),
        ("Biên lai có mã hồ sơ", "Receipts for dossiers", false, false, |c| c.dossier_receipts.into()),
        ("Hồ sơ đã giải quyết (đơn vị báo)", "Dossiers finished (as told by units)", false, false, |c| {
            c.dossiers.into()
        }),
        ("đúng hạn", "on time", true, false, |c| c.dossiers_on_time.into()),
    ];
    let line = |(vi, en, is_part, is_dong, of): Counted| {
        let (now, before) = (of(now), of(before));
        let words = |value: i128| if is_dong { dong(value) } else { number(u64::try_from(value).unwrap_or_default()) };
        CountLine {
            name: language.pick(vi, en),
            is_part,
            change: growth(language, now, before),
            now: words(now),
            before: words(before),
        }
    };
    rows.into_iter().map(line).collect()
}

/// By what the units are sorted: a column, upwards or downwards.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Sort {
    by: By,
    is_down: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    Name,
    Documents,
    Receipts,
    Amount,
    Share(Share),
}

impl By {
    fn as_str(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Documents => "documents",
            Self::Receipts => "receipts",
            Self::Amount => "amount",
            Self::Share(share) => share.as_str(),
        }
    }

    fn all() -> impl Iterator<Item = Self> {
        [Self::Name, Self::Documents].into_iter().chain(COLUMNS.into_iter().take(3).map(Self::Share)).chain([
            Self::Receipts,
            Self::Amount,
            Self::Share(Share::Online),
            Self::Share(Share::OnTime),
        ])
    }

    fn name(self, language: Language) -> &'static str {
        let (vi, en) = match self {
            Self::Name => ("Đơn vị", "Unit"),
            Self::Documents => ("Văn bản đi", "Documents"),
            Self::Receipts => ("Biên lai", "Receipts"),
            Self::Amount => ("Số tiền", "Amount"),
            Self::Share(share) => return short_name(language, share),
        };
        language.pick(vi, en)
    }

    fn compare(self, a: &Figures, b: &Figures) -> Ordering {
        match self {
            Self::Name => Ordering::Equal,
            Self::Documents => a.counts.documents.cmp(&b.counts.documents),
            Self::Receipts => a.counts.receipts.cmp(&b.counts.receipts),
            Self::Amount => a.counts.amount.cmp(&b.counts.amount),
            Self::Share(share) => percent_of(a, share).cmp(&percent_of(b, share)),
        }
    }

    fn cell(self, language: Language, figures: &Figures) -> Option<Cell> {
        let plain = |text| Cell { text, is_short: false };
        Some(match self {
            Self::Name => return None,
            Self::Documents => plain(number(figures.counts.documents)),
            Self::Receipts => plain(number(figures.counts.receipts)),
            Self::Amount => plain(dong(figures.counts.amount)),
            Self::Share(share) => Cell {
                text: percent(language, percent_of(figures, share)),
                is_short: figures.share(share).and_then(ShareView::is_met) == Some(false),
            },
        })
    }
}

fn percent_of(figures: &Figures, share: Share) -> Option<Percent> {
    figures.share(share)?.percent
}

impl Sort {
    /// `-signed`: by the share signed, downwards.
    fn of(text: Option<&str>) -> Self {
        let text = text.unwrap_or_default();
        let (is_down, name) = text.strip_prefix('-').map_or((false, text), |name| (true, name));
        Self { by: By::all().find(|by| by.as_str() == name).unwrap_or(By::Name), is_down }
    }

    fn sort(self, units: &mut [&UnitFigures]) {
        // the order that they come in is that of their names
        units.sort_by(|a, b| {
            let order = self.by.compare(&a.own, &b.own);
            if self.is_down { order.reverse() } else { order }
        });
        if self.by == By::Name && self.is_down {
            units.reverse();
        }
    }
}

fn heads(language: Language, asked: &Asked, sort: Sort) -> Vec<Head> {
    let head = |by: By| {
        let is_current = sort.by == by;
        // numbers are wanted from above first
        let is_down = if is_current { !sort.is_down } else { by != By::Name };
        let key = format!("{}{}", if is_down { "-" } else { "" }, by.as_str());
        let order = if sort.is_down { "descending" } else { "ascending" };
        Head {
            name: by.name(language),
            link: asked.address("/figures", &[("sort", &key)]) + "#units",
            sort: is_current.then_some(order),
            is_number: by != By::Name,
        }
    };
    By::all().map(head).collect()
}

fn cells(language: Language, figures: &Figures) -> Vec<Cell> {
    By::all().filter_map(|by| by.cell(language, figures)).collect()
}

/// Shares of several as bars, against the target.
fn bars(language: Language, share: Share, rows: &[(String, &Figures)]) -> Option<BarChart> {
    let target = rows.iter().find_map(|(_, figures)| figures.share(share)?.target);
    let bar = |(label, figures): &(String, &Figures)| {
        let value = percent_of(figures, share)?;
        Some((label.clone(), u128::from(value.0), percent(language, Some(value))))
    };
    let target = target.map(|target| {
        let words = format!("{} {}", language.pick("Chỉ tiêu", "Target"), percent(language, Some(target)));
        (u128::from(target.0), words)
    });
    BarChart::new(rows.iter().filter_map(bar).collect(), u128::from(Percent::WHOLE.0), target)
}

fn month_charts(language: Language, report: &Report) -> (Option<LineChart>, Option<ColumnChart>, Vec<MonthLine>) {
    let names: Vec<String> = report.months.iter().map(|month| month_words(&month.month)).collect();
    let marks: Vec<String> = report.months.iter().map(|month| month_mark(&month.month)).collect();
    let of = |share: Share, counts: &Counts| {
        let (part, whole) = share.of(counts);
        Percent::of(part, whole)
    };
    let shares = DRAWN.map(|share| {
        let values = report.months.iter().map(|month| of(share, &month.counts)).collect();
        (share_name(language, share), values)
    });
    let described = language.pick(
        "Mỗi đường một tỷ lệ, từng tháng; bảng số liệu ở ngay dưới",
        "A line for each share, month by month; the table is right below",
    );
    let words =
        |name: &str, month: &str, value: Percent| format!("{name}, {month}: {}", percent(language, Some(value)));
    let title = language.pick("Các tỷ lệ qua 12 tháng", "Shares over twelve months").to_owned();
    let lines = LineChart::new("shares", (title, described.to_owned()), (&names, &marks), &shares, words);
    let amounts: Vec<(i128, i128)> =
        report.months.iter().map(|m| (m.counts.counter_amount, m.counts.portal_amount)).collect();
    let described = language.pick(
        "Mỗi cột một tháng: phần dưới thu tại quầy, phần trên thu qua cổng; bảng số liệu ở ngay dưới",
        "A column for each month: at counters below, through the portal above; the table is right below",
    );
    let title = language.pick("Số tiền thu qua 12 tháng", "Amounts collected over twelve months").to_owned();
    let channels = (language.pick("Tại quầy", "At counters"), language.pick("Qua cổng", "Through the portal"));
    let columns =
        ColumnChart::new("amounts", (title, described.to_owned()), (&names, &marks), channels, &amounts, dong);
    let table = report.months.iter().zip(names).map(|(month, name)| {
        let shares = DRAWN.iter().map(|share| percent(language, of(*share, &month.counts)));
        let c = &month.counts;
        let numbers = [number(c.documents), number(c.receipts), dong(c.counter_amount), dong(c.portal_amount)];
        MonthLine { name, cells: numbers.into_iter().chain(shares).collect() }
    });
    let table = table.rev().collect();
    (lines, columns, table)
}

/// What is to be known of a unit's numbers: whose else they are, or that it is no unit at the end of the period.
fn note(language: Language, of: &UnitFigures) -> Option<String> {
    if of.own.counts.units == 0 {
        return Some(language.pick("không hoạt động vào cuối kỳ", "no unit at the end of the period").to_owned());
    }
    let names: Vec<&str> = of.merged.iter().map(|merged| merged.name.as_str()).collect();
    let names = (!names.is_empty()).then(|| names.join(", "))?;
    Some(match language {
        Language::Vi => format!("gồm cả số liệu của {names} (đã sáp nhập)"),
        Language::En => format!("with the numbers of {names} (merged into it)"),
    })
}

/// The table of the units, if there are several.
fn table(language: Language, asked: &Asked, report: &Report) -> Option<Table> {
    if report.units.len() < 2 {
        return None;
    }
    let sort = Sort::of(asked.sort.as_deref());
    let level = Level::ALL.into_iter().find(|level| asked.level.as_deref() == Some(level.as_str()));
    let mut units: Vec<&UnitFigures> =
        report.units.iter().filter(|unit| level.is_none_or(|level| unit.level == level)).collect();
    sort.sort(&mut units);
    let share = match sort.by {
        By::Share(share) => share,
        _ => Share::Signed,
    };
    let mut lowest: Vec<&UnitFigures> =
        units.iter().copied().filter(|unit| percent_of(&unit.own, share).is_some()).collect();
    lowest.sort_by_key(|unit| percent_of(&unit.own, share));
    let lowest: Vec<_> = lowest.into_iter().take(MOST_BARS).map(|unit| (unit.name.clone(), &unit.own)).collect();
    let levels: Vec<_> =
        report.levels.iter().map(|of| (level_name(language, of.level).to_owned(), &of.figures)).collect();
    let choice = |of: Option<Level>| {
        let value = of.map_or("", Level::as_str);
        let words = of.map_or(language.pick("Tất cả các cấp", "All levels"), |of| level_name(language, of)).to_owned();
        let link = asked.address("/figures", &[("level", value)]) + "#units";
        (Choice { value: value.to_owned(), words, is_chosen: of == level }, link)
    };
    let line = |of: &UnitFigures| UnitLine {
        name: of.name.clone(),
        note: note(language, of),
        link: (of.unit != report.unit)
            .then(|| asked.address("/figures", &[("unit", &of.unit), ("level", ""), ("sort", "")])),
        cells: cells(language, &of.own),
    };
    Some(Table {
        share: share_name(language, share),
        by_level: bars(language, share, &levels),
        lowest: bars(language, share, &lowest),
        heads: heads(language, asked, sort),
        choices: std::iter::once(None).chain(report.levels.iter().map(|of| Some(of.level))).map(choice).collect(),
        levels: report
            .levels
            .iter()
            .map(|of| UnitLine {
                name: format!("{} ({})", level_name(language, of.level), of.figures.counts.units),
                note: None,
                link: None,
                cells: cells(language, &of.figures),
            })
            .collect(),
        lines: units.into_iter().map(line).collect(),
    })
}

/// The fees as bars, the largest ones, and as a table.
fn fees(report: &Report) -> (Option<BarChart>, Vec<FeeLine>) {
    let name = |fee: &FeeFigures| fee.name.clone().unwrap_or_else(|| fee.fee.clone());
    let plain = |fee: &FeeFigures| u128::try_from(fee.amount).unwrap_or_default();
    let bars: Vec<_> =
        report.fees.iter().take(MOST_BARS).map(|fee| (name(fee), plain(fee), dong(fee.amount))).collect();
    let most = bars.iter().map(|bar| bar.1).max().unwrap_or(1);
    let line = |fee: &FeeFigures| FeeLine {
        name: name(fee),
        receipts: number(fee.receipts),
        now: dong(fee.amount),
        before: dong(fee.previous_amount),
    };
    (BarChart::new(bars, most, None), report.fees.iter().map(line).collect())
}

/// The page of a unit and all below it.
pub async fn page(visit: Visit, address: Uri) -> Answer<Response> {
    let Visit { house, caller, shell, .. } = visit;
    caller.may(Permission::ReadFigures)?;
    let language = shell.language;
    let mut asked = Asked::of(&address)?;
    let today = house.folder.today();
    let typed = |day: &Option<String>| day.as_deref().map(vietnamese).unwrap_or_default();
    let (from, to) = (typed(&asked.from), typed(&asked.to));
    let days = period(&house, asked.period.as_deref(), asked.from.as_deref(), asked.to.as_deref()).ok();
    if days.is_none() {
        // what was typed stays in its fields, and in no address
        (asked.period, asked.from, asked.to) = (None, None, None);
    }
    let is_wrong = days.is_none();
    let days = days.unwrap_or_else(|| Period::year_of(today));
    let unit = figures::asked(&house.folder, &caller.unit, asked.unit.as_deref()).await?;
    let report = figures::of_unit(&house.folder, &unit, days).await?;
    let own = figures::below(&house.folder, &caller.unit, days.to).await?;
    let parent = own.iter().find(|of| of.id == report.unit).and_then(|of| of.parent.as_deref());
    // what is above one's own unit is not one's business
    let above = own.iter().find(|of| Some(of.id.as_str()) == parent && report.unit != caller.unit);
    let above = above.map(|of| (asked.address("/figures", &[("unit", &of.id), ("level", "")]), of.name.clone()));
    let csv = |by: &str| {
        let but = [("by", by), ("format", "csv"), ("unit", report.unit.as_str()), ("level", ""), ("sort", "")];
        asked.address("/api/v1/reports/figures", &but)
    };
    let (by_share, by_amount, months) = month_charts(language, &report);
    let (by_fee, fees) = fees(&report);
    let total = &report.total;
    let is_choice = |of: &UnitRow| of.id == report.unit || of.closed.is_none_or(|first| days.to < first);
    let choice = |of: UnitRow| Choice { is_chosen: of.id == report.unit, value: of.id, words: of.name };
    let page = Page {
        is_wrong,
        above,
        note: report.units.first().and_then(|of| note(language, of)),
        period: days.words(language),
        before: days.previous().map(|before| before.words(language)).unwrap_or_default(),
        periods: periods(language, today, days),
        from,
        to,
        is_empty: is_empty(&total.counts),
        shares: share_lines(language, total),
        counts: count_lines(language, &total.counts, &total.previous),
        by_share,
        by_amount,
        months,
        by_fee,
        fees,
        table: table(language, &asked, &report),
        csv_units: csv("unit"),
        csv_months: csv("month"),
        csv_fees: csv("fee"),
        units: own.into_iter().filter(is_choice).map(choice).collect(),
        name: report.name.clone(),
        shell,
    };
    shown(if is_wrong { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK }, &page)
}

fn is_empty(counts: &Counts) -> bool {
    let Counts { documents, paper_documents, received, receipts, paper_receipts, dossiers, .. } = counts;
    [documents, paper_documents, received, receipts, paper_receipts, dossiers].into_iter().all(|count| *count == 0)
}

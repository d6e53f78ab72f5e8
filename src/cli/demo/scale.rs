//! `dauson demo --scale`: a province of made-up data, to see pages and figures at the size that they have to bear.
//!
//! Units, people, series, fees and what was handed in are as an office has them, with their entries in the log. Documents and receipts are rows
//! only: nobody has signed them, they have no files and no entries, and `dauson audit verify` says so of each. Their shares are those of a
//! province that was seen: of this year's documents 98.25 % signed, of its dossiers 98.15 % on time, all units on electronic receipts.

use crate::audit::entry::{Action, Entry};
use crate::audit::row;
use crate::data_folder::{DataFolder, VIETNAM};
use crate::digest::sha256;
use crate::error::{Error, Kind, Result};
use crate::messages::unaccented;
use crate::people::permissions::Role;
use crate::people::units;
use crate::receipts::field::payment_of;
use crate::receipts::life::{State as ReceiptState, check_code};
use crate::receipts::request::Payer;
use crate::receipts::series::SeriesId;
use crate::receipts::{book, catalogue, payers};
use crate::registry::facts::{Facts, Particulars, digest_of};
use crate::registry::machine::{Act, Book, Hat, State};
use crate::reports::figures::handed::{self, Given, Hand};
use crate::reports::figures::period::Period;
use crate::store::Transaction;
use crate::store::accounts::{CollectedRow, EventKind, EventRow};
use crate::store::people::UnitRow;
use crate::store::receipts::{ReceiptRow, SealedPayer, SeriesRow, VoidRequest};
use crate::store::registry::{ActRow, DispatchRow};
use crate::store::users::{OfficeRow, Tries, UserRow};
use std::str::FromStr;
use time::{Date, Duration, OffsetDateTime, Time, Weekday};

/// The province.
pub const PROVINCE: &str = "tinh-mau";
/// Who has done all this.
const ACTOR: &str = "demo";
/// Rows that are committed together.
const TOGETHER: u32 = 20_000;
/// Where the entries would be that made-up rows do not have: no log gets there.
const NOWHERE: u64 = 1 << 40;
/// Units that there are symbols of series for, two letters each.
const MOST_UNITS: u32 = 400;

/// How much there is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scale {
    /// Units, the province among them.
    pub units: u32,
    /// People.
    pub users: u32,
    /// Official documents that went out, this year and the last; a fifth as many came in.
    pub documents: u32,
    /// Receipts.
    pub receipts: u32,
}

impl Scale {
    /// A province.
    pub const WHOLE: Self = Self { units: 171, users: 2_000, documents: 100_000, receipts: 1_000_000 };
}

/// `171,2000,100000,1000000`, or a factor, such as 0.01 for all but the units.
impl FromStr for Scale {
    type Err = String;
    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let wrong = || "UNITS,USERS,DOCUMENTS,RECEIPTS, or a factor such as 0.01, 1 at most".to_owned();
        let numbers: std::result::Result<Vec<u32>, _> = text.split(',').map(|number| number.trim().parse()).collect();
        let scale = match numbers.as_deref() {
            Ok([units, users, documents, receipts]) => {
                Self { units: *units, users: *users, documents: *documents, receipts: *receipts }
            }
            _ => {
                let (whole, part) = text.split_once('.').unwrap_or((text, ""));
                let digits = part.len() <= 6 && part.bytes().all(|b| b.is_ascii_digit());
                let millionths =
                    format!("{whole}{part:0<6}").parse::<u64>().ok().filter(|n| digits && (1..=1_000_000).contains(n));
                let millionths = millionths.ok_or_else(wrong)?;
                let part =
                    |of: u32| u32::try_from(u64::from(of).saturating_mul(millionths).div_ceil(1_000_000)).unwrap_or(of);
                Self {
                    users: part(Self::WHOLE.users),
                    documents: part(Self::WHOLE.documents),
                    receipts: part(Self::WHOLE.receipts),
                    ..Self::WHOLE
                }
            }
        };
        if !(2..=MOST_UNITS).contains(&scale.units) {
            return Err(format!("there are 2 to {MOST_UNITS} units"));
        }
        if scale.receipts > 20_000_000 || scale.documents > 2_000_000 || scale.users > 100_000 {
            return Err("there are at most 100000 people, 2000000 documents and 20000000 receipts".to_owned());
        }
        Ok(scale)
    }
}

/// Numbers that look like chance and are the same each time (SplitMix64).
struct Dice(u64);

impl Dice {
    const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Less than this.
    const fn below(&mut self, most: u64) -> u64 {
        match self.next().checked_rem(most) {
            Some(number) => number,
            None => 0,
        }
    }

    /// So many times out of a thousand.
    const fn is(&mut self, of_thousand: u64) -> bool {
        self.below(1_000) < of_thousand
    }

    fn of<'a, T>(&mut self, all: &'a [T]) -> Option<&'a T> {
        let most = u64::try_from(all.len()).unwrap_or_default();
        all.get(usize::try_from(self.below(most)).unwrap_or_default())
    }

    fn bytes(&mut self) -> [u8; 16] {
        (u128::from(self.next()) << 64 | u128::from(self.next())).to_be_bytes()
    }
}

/// The phase of what is shared out among units.
const EVEN: u64 = 500;

/// Shares a number out by weights, to the last one; where it is small, `phase` thousandths say which of them get any.
fn shared(total: u32, weights: &[u64], phase: u64) -> Vec<u32> {
    let all: u128 = weights.iter().copied().map(u128::from).sum::<u128>().max(1);
    let (mut sum, mut given) = (0_u128, 0_u32);
    let share = weights.iter().map(|weight| {
        sum = sum.saturating_add(u128::from(*weight));
        let thousandths =
            (u128::from(total).saturating_mul(sum).saturating_mul(1_000) / all).saturating_add(phase.into());
        let upto = u32::try_from(thousandths / 1_000).unwrap_or(total);
        let own = upto.saturating_sub(given);
        given = upto;
        own
    });
    share.collect()
}

/// How busy each month is: quiet around the new year by the moon.
const MONTHS: [u64; 12] = [80, 60, 95, 100, 110, 115, 105, 100, 108, 112, 118, 125];

/// A unit, and how it works.
struct Made {
    id: String,
    /// How much it does.
    weight: u64,
    /// How often it is late, and lags behind.
    slack: u64,
    /// Who issues its receipts.
    cashier: String,
}

/// The working days of a year up to today, with how busy each is.
struct Days {
    year: i32,
    /// How many years ago it is: things were slower then.
    ago: u64,
    all: Vec<Date>,
    weights: Vec<u64>,
}

impl Days {
    fn of(year: i32, today: Date) -> Self {
        let first = Date::from_ordinal_date(year, 1).unwrap_or(today);
        let all: Vec<Date> = std::iter::successors(Some(first), |day| day.next_day())
            .take_while(|day| day.year() == year && *day <= today)
            .collect();
        let is_free = |day: &Date| matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
        let mut days: Vec<Date> = all.iter().copied().filter(|day| !is_free(day)).collect();
        if days.is_empty() {
            days = all;
        }
        let weight =
            |day: &Date| MONTHS.get(usize::from(u8::from(day.month()).saturating_sub(1))).copied().unwrap_or(100);
        let weights = days.iter().map(weight).collect();
        let ago = u64::try_from(today.year().saturating_sub(year)).unwrap_or_default();
        Self { year, ago, all: days, weights }
    }

    /// Each day with what falls on it.
    fn shared(&self, total: u32, phase: u64) -> impl Iterator<Item = Date> + '_ {
        let counts = shared(total, &self.weights, phase);
        self.all
            .iter()
            .zip(counts)
            .flat_map(|(day, count)| std::iter::repeat_n(*day, usize::try_from(count).unwrap_or_default()))
    }

    /// The months with what falls on each.
    fn months(&self) -> Vec<(String, u64)> {
        let mut all: Vec<(String, u64)> = Vec::new();
        for (day, weight) in self.all.iter().zip(&self.weights) {
            let month = format!("{:04}-{:02}", day.year(), u8::from(day.month()));
            match all.last_mut().filter(|(last, _)| *last == month) {
                Some((_, sum)) => *sum = sum.saturating_add(*weight),
                None => all.push((month, *weight)),
            }
        }
        all
    }
}

/// What was made.
pub struct Filled {
    /// The first day of this year's figures.
    pub from: Date,
    /// The last day of this month.
    pub to: Date,
}

fn last_of_month(day: Date) -> Date {
    day.replace_day(day.month().length(day.year())).unwrap_or(day)
}

/// Fills an empty data folder.
pub async fn fill(folder: &DataFolder, scale: Scale, say: &dyn Fn(&str, &str) -> Result<()>) -> Result<Filled> {
    let today = folder.today();
    let mut fill = Fill { folder, dice: Dice(0xda05_0000), place: NOWHERE, rows: 0, tx: None };
    let mut units = fill.units(scale.units).await?;
    say("Units", &format!("{}: {PROVINCE}, its departments and communes", units.len()))?;
    fill.people(&mut units, scale.users).await?;
    say("People", &format!("{}, each with an office; nobody was invited yet", scale.users))?;
    let (this, last) = (Days::of(today.year(), today), Days::of(today.year().saturating_sub(1), today));
    // three fifths are of this year; numbers of which a share comes out exactly
    let part = |all: u32, unit: u32| {
        let part = all.saturating_mul(3) / 5;
        if all < unit.saturating_mul(2) { part } else { part.next_multiple_of(unit) }
    };
    let documents = part(scale.documents, 400);
    let on_paper = part_of(documents, 175);
    fill.documents(&units, &this, documents.saturating_sub(on_paper)).await?;
    let before = scale.documents.saturating_sub(documents);
    let on_paper_before = part_of(before, 310);
    fill.documents(&units, &last, before.saturating_sub(on_paper_before)).await?;
    say("Documents", &format!("{} out, as many as a fifth of them in; not signed by anybody", scale.documents))?;
    let receipts = scale.receipts.saturating_mul(3) / 5;
    fill.receipts(&units, &last, scale.receipts.saturating_sub(receipts), 0).await?;
    fill.receipts(&units, &this, receipts, scale.units).await?;
    fill.commit().await?;
    say("Receipts", &format!("{}; not signed by anybody", scale.receipts))?;
    let dossiers = receipts.saturating_mul(3) / 5;
    let dossiers = if dossiers < 1_000 { dossiers } else { dossiers.next_multiple_of(2_000) };
    let mut rows = monthly(&units, &this, dossiers, part_of(dossiers, 185), on_paper);
    rows.extend(monthly(&units, &last, dossiers / 2, part_of(dossiers / 2, 290), on_paper_before));
    rows.extend(targets(today.year()));
    rows.extend(targets(last.year));
    let hand = Hand { actor: ACTOR, unit: None, sets_targets: true };
    handed::take(folder, &hand, &rows).await?;
    say("Figures", &format!("{} handed in: dossiers, documents on paper, targets", rows.len()))?;
    // what is handed in is of whole months
    Ok(Filled { from: Period::year_of(today).from, to: last_of_month(today) })
}

/// So many ten-thousandths, rounded half up.
fn part_of(all: u32, ten_thousandths: u64) -> u32 {
    let part = u64::from(all).saturating_mul(ten_thousandths).saturating_add(5_000) / 10_000;
    u32::try_from(part).unwrap_or(all)
}

/// The targets of the province for a year.
fn targets(year: i32) -> Vec<Given> {
    let all = [
        ("signed", 98),
        ("lasting", 95),
        ("same_day", 90),
        ("electronic", 100),
        ("units_on_receipts", 100),
        ("online", 60),
        ("on_time", 98),
    ];
    let target = |(share, percent): (&str, u32)| Given {
        unit: Some(PROVINCE.to_owned()),
        period: year.to_string(),
        name: format!("target.{share}"),
        value: percent.into(),
    };
    all.map(target).to_vec()
}

struct Fill<'a> {
    folder: &'a DataFolder,
    dice: Dice,
    /// The next place in no log.
    place: u64,
    rows: u32,
    tx: Option<Box<dyn Transaction>>,
}

const DEPARTMENTS: [&str; 28] = [
    "Văn phòng Ủy ban nhân dân tỉnh",
    "Sở Nội vụ",
    "Sở Tư pháp",
    "Sở Tài chính",
    "Sở Công Thương",
    "Sở Xây dựng",
    "Sở Y tế",
    "Sở Giáo dục và Đào tạo",
    "Sở Khoa học và Công nghệ",
    "Sở Nông nghiệp và Môi trường",
    "Sở Văn hóa, Thể thao và Du lịch",
    "Sở Dân tộc và Tôn giáo",
    "Sở Ngoại vụ",
    "Thanh tra tỉnh",
    "Ban Quản lý các khu công nghiệp",
    "Ban Quản lý dự án đầu tư xây dựng",
    "Trung tâm Phục vụ hành chính công",
    "Trung tâm Chuyển đổi số",
    "Trung tâm Xúc tiến đầu tư",
    "Trung tâm Lưu trữ lịch sử",
    "Trung tâm Kiểm soát bệnh tật",
    "Trung tâm Khuyến nông",
    "Trung tâm Phát triển quỹ đất",
    "Văn phòng Đăng ký đất đai",
    "Chi cục Kiểm lâm",
    "Bệnh viện Đa khoa tỉnh",
    "Trường Cao đẳng tỉnh",
    "Quỹ Bảo vệ và phát triển rừng",
];
const FIRST: [&str; 20] = [
    "An", "Bình", "Cát", "Đông", "Hòa", "Kim", "Long", "Minh", "Ngọc", "Phú", "Quang", "Sơn", "Tân", "Thanh", "Thiện",
    "Trung", "Vạn", "Việt", "Vĩnh", "Xuân",
];
const SECOND: [&str; 20] = [
    "Bắc", "Châu", "Đức", "Giang", "Hà", "Hải", "Khê", "Lâm", "Lộc", "Lợi", "Nam", "Nghĩa", "Phong", "Phúc", "Tây",
    "Thịnh", "Thọ", "Thủy", "Trạch", "Yên",
];
const SURNAMES: [&str; 8] = ["Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Y", "A", "Đinh"];
const GIVEN: [&str; 10] = ["An", "Bình", "Chi", "Dũng", "Hạnh", "Lan", "Minh", "Nam", "Thảo", "Việt"];
const SUBJECTS: [&str; 8] = [
    "Về việc triển khai nhiệm vụ tháng",
    "Báo cáo kết quả công tác",
    "Kế hoạch cải cách hành chính",
    "Về việc rà soát hồ sơ",
    "Thông báo lịch làm việc",
    "Quyết định phê duyệt dự toán",
    "Về việc cử cán bộ tham gia tập huấn",
    "Tờ trình về phân bổ kinh phí",
];
const KINDS: [&str; 5] = ["CV", "BC", "KH", "TB", "QĐ"];
/// Code, name, prices at the counter and for the portal.
const FEES: [(&str, &str, i64, i64); 6] = [
    ("CTBS", "Phí chứng thực bản sao", 2_000, 2_000),
    ("CTCK", "Phí chứng thực chữ ký", 10_000, 10_000),
    ("DKCT", "Lệ phí đăng ký cư trú", 20_000, 10_000),
    ("DKHKD", "Lệ phí đăng ký hộ kinh doanh", 100_000, 50_000),
    ("LLTP", "Phí cung cấp thông tin lý lịch tư pháp", 200_000, 200_000),
    ("GPXD", "Lệ phí cấp giấy phép xây dựng nhà ở riêng lẻ", 75_000, 75_000),
];

fn at(day: Date, hour: u8, minute: u8) -> OffsetDateTime {
    day.with_time(Time::from_hms(hour, minute, 0).unwrap_or(Time::MIDNIGHT)).assume_offset(VIETNAM)
}

impl Fill<'_> {
    /// The transaction, with room for some rows more.
    async fn tx(&mut self, rows: u32) -> Result<&mut (dyn Transaction + 'static)> {
        self.rows = self.rows.saturating_add(rows);
        if self.rows > TOGETHER {
            self.commit().await?;
            self.rows = rows;
        }
        let tx = match self.tx.take() {
            Some(tx) => tx,
            None => self.folder.store.write().await?,
        };
        Ok(&mut **self.tx.insert(tx))
    }

    async fn commit(&mut self) -> Result<()> {
        self.rows = 0;
        match self.tx.take() {
            Some(tx) => Ok(tx.commit().await?),
            None => Ok(()),
        }
    }

    /// A place in no log.
    fn nowhere(&mut self) -> u64 {
        self.place = self.place.saturating_add(1);
        self.place
    }

    async fn units(&mut self, count: u32) -> Result<Vec<Made>> {
        let count = usize::try_from(count).unwrap_or_default();
        let departments = DEPARTMENTS.len().min(count.saturating_sub(1) / 6);
        let communes =
            FIRST.iter().enumerate().flat_map(|(n, first)| SECOND.iter().map(move |second| (n, first, second)));
        let communes = communes.map(|(n, first, second)| {
            let kind = if n % 7 == 3 { "phường" } else { "xã" };
            format!("Ủy ban nhân dân {kind} {first} {second}")
        });
        // those that are left when these names are used up are called by a number
        let communes = communes.step_by(2).chain((1_u32..).map(|n| format!("Ủy ban nhân dân xã số {n}")));
        let mut names = vec![(PROVINCE.to_owned(), "Ủy ban nhân dân tỉnh Mẫu".to_owned())];
        names.extend(
            (1_u32..).zip(DEPARTMENTS).take(departments).map(|(n, name)| (format!("so-{n:02}"), name.to_owned())),
        );
        let left = count.saturating_sub(names.len());
        names.extend((1_u32..).zip(communes).take(left).map(|(n, name)| (format!("xa-{n:03}"), name)));
        let mut made = Vec::with_capacity(count);
        for (n, (id, name)) in (1_u32..).zip(names) {
            let kind = match id.as_str() {
                PROVINCE => "province",
                id if id.starts_with("so-") => "department",
                _ => "commune",
            };
            let row = UnitRow {
                parent: Some(PROVINCE.to_owned()).filter(|province| *province != id),
                tax_code: format!("6199{n:06}"),
                address: "Dữ liệu mẫu, tỉnh Mẫu".to_owned(),
                phone: None,
                account: None,
                receipt_key: None,
                kind: Some(kind.to_owned()),
                code: None,
                closed: None,
                successor: None,
                id: id.clone(),
                name,
            };
            units::put(self.folder, &row, ACTOR).await?;
            let weight = if id.starts_with("so-") { 60 } else { 40 };
            let weight = u64::saturating_add(weight, self.dice.below(160));
            let slack = self.dice.below(100).saturating_add(20);
            made.push(Made { id, weight, slack, cashier: ACTOR.to_owned() });
        }
        let fees =
            catalogue::put(self.folder, PROVINCE, catalogue::read(super::FEES.as_bytes())?, false, ACTOR).await?;
        if let Some(fault) = fees.iter().find_map(|row| row.fault.as_ref()) {
            return Err(Error::new(Kind::Bug, "demo.fees", "fee catalogue", fault));
        }
        Ok(made)
    }

    /// Accounts, one role after the other in each unit.
    async fn people(&mut self, units: &mut [Made], count: u32) -> Result<()> {
        const ROLES: [(Role, &str); 8] = [
            (Role::Officer, "Cán bộ thu"),
            (Role::Leader, "Chủ tịch"),
            (Role::Clerk, "Văn thư"),
            (Role::Drafter, "Chuyên viên"),
            (Role::Officer, "Công chức một cửa"),
            (Role::Drafter, "Trưởng phòng"),
            (Role::Accountant, "Kế toán trưởng"),
            (Role::Leader, "Phó Chủ tịch"),
        ];
        let now = self.folder.now();
        let since = now.to_offset(VIETNAM).date();
        let most = u32::try_from(units.len()).unwrap_or(1).max(1);
        let mut entries = Vec::new();
        let mut tx = self.folder.store.write().await?;
        for n in 0..count {
            let (at, turn) =
                (usize::try_from(n % most).unwrap_or_default(), usize::try_from(n / most).unwrap_or_default());
            let (Some(unit), Some((role, title))) = (units.get_mut(at), ROLES.get(turn % ROLES.len())) else {
                continue;
            };
            let word = |dice: &mut Dice, all: &[&'static str]| dice.of(all).copied().unwrap_or_default();
            let name =
                [word(&mut self.dice, &SURNAMES), word(&mut self.dice, &FIRST), word(&mut self.dice, &GIVEN)].join(" ");
            let user = UserRow {
                id: hex::encode(self.dice.bytes()),
                login: format!("mau{n:05}"),
                name,
                unit: unit.id.clone(),
                created: now,
                disabled: None,
                sealed: None,
                tries: Tries::default(),
                invitation: None,
            };
            let office = OfficeRow {
                id: hex::encode(self.dice.bytes()),
                user: user.id.clone(),
                unit: unit.id.clone(),
                role: role.as_str().to_owned(),
                title: (*title).to_owned(),
                signing_key: None,
                since,
                until: None,
                ended: None,
            };
            if turn == 0 {
                unit.cashier.clone_from(&user.id);
            }
            tx.put_user(&user).await?;
            tx.put_office(&office).await?;
            let entry = |action| {
                Ok::<_, Error>(Entry::new(action, now)?.of_unit(&unit.id).by(self.folder.log.pseudonym(ACTOR)))
            };
            entries.push(entry(Action::UserCreated)?.on_row(row::user(&user)?));
            let given = Entry { related: Some(office.id.clone()), ..entry(Action::OfficeGiven)? };
            entries.push(given.on_row(row::office(&office)?));
        }
        if !entries.is_empty() {
            self.folder.log.append(&mut *tx, &entries).await?;
        }
        Ok(tx.commit().await?)
    }

    /// Documents of a year, out; and a fifth as many in.
    async fn documents(&mut self, units: &[Made], days: &Days, count: u32) -> Result<()> {
        let weights: Vec<u64> = units.iter().map(|unit| unit.weight).collect();
        let (out, into) = (shared(count, &weights, EVEN), shared(count / 5, &weights, EVEN));
        for (unit, (out, into)) in units.iter().zip(out.into_iter().zip(into)) {
            let phase = self.dice.below(1_000);
            for (n, day) in (1_u32..).zip(days.shared(out, phase)) {
                self.document(unit, days, n, day).await?;
            }
            for (n, day) in (1_u32..).zip(days.shared(into, phase)) {
                self.arrival(unit, n, day).await?;
            }
        }
        self.commit().await
    }

    async fn document(&mut self, unit: &Made, days: &Days, n: u32, day: Date) -> Result<()> {
        let kind = *self.dice.of(&KINDS).unwrap_or(&"CV");
        let subject = format!("{} (dữ liệu mẫu số {n})", self.dice.of(&SUBJECTS).copied().unwrap_or_default());
        let symbol = if kind == "CV" { format!("{n:02}/UBND-VP") } else { format!("{n:02}/{kind}-UBND") };
        let slack = unit.slack.saturating_mul(days.ago.saturating_add(1));
        let is_same_day = !self.dice.is(slack) || days.all.last() == Some(&day);
        let issued = if is_same_day { at(day, 15, 30) } else { at(day, 15, 30).saturating_add(Duration::DAY) };
        let said = Particulars {
            issuer: Some("UBND".to_owned()),
            signer: Some("Dữ liệu mẫu".to_owned()),
            issued: Some(issued.date().to_string()),
            note: Some("Dữ liệu mẫu: không ai ký văn bản này".to_owned()),
            ..Particulars::default()
        };
        let mut row = DispatchRow {
            id: hex::encode(self.dice.bytes()),
            unit: unit.id.clone(),
            book: Book::Out.as_str().to_owned(),
            state: State::Issued.as_str().to_owned(),
            kind: kind.to_owned(),
            number: None,
            date: Some(day),
            sought: unaccented(&format!("{subject}\n{symbol}")),
            symbol: Some(symbol),
            subject,
            urgent: self.dice.is(40),
            particulars: json(&said)?,
            relation: None,
            created: at(day, 8, 15),
        };
        let level = if self.dice.is(slack / 3) { "B-T" } else { "B-LT" };
        let acts = [
            (Act::Draft, None, State::Draft, Hat::Drafter, at(day, 8, 15)),
            (Act::Sign, Some(State::Draft), State::Signed, Hat::Leader, at(day, 10, 0)),
            (Act::Seal, Some(State::Signed), State::Sealed, Hat::Clerk, at(day, 14, 0)),
            (Act::Issue, Some(State::Sealed), State::Issued, Hat::Clerk, issued),
        ];
        let places = acts.map(|_| self.nowhere());
        let tx = self.tx(7).await?;
        tx.put_dispatch(&row).await?;
        row.number = Some(tx.take_number(&row, day.year(), kind).await?);
        tx.update_dispatch(&row).await?;
        for (seq, ((act, from, to, hat, time), log_index)) in (0_u32..).zip(acts.into_iter().zip(places)) {
            let level = Some(level.to_owned()).filter(|_| act == Act::Issue);
            let facts = Facts { row: digest_of(&row)?, level, ..Facts::new(act, from, to, hat) };
            let event = ActRow { seq, facts: json(&facts)?, actor: ACTOR.to_owned(), time, log_index };
            tx.put_dispatch_event(&row.id, &event).await?;
        }
        Ok(())
    }

    async fn arrival(&mut self, unit: &Made, n: u32, day: Date) -> Result<()> {
        let has_failed = self.dice.is(6);
        let verdict = if has_failed { "TOTAL-FAILED" } else { "TOTAL-PASSED" };
        let subject = format!("{} (văn bản đến mẫu số {n})", self.dice.of(&SUBJECTS).copied().unwrap_or_default());
        let said = Particulars {
            author: Some("Cơ quan mẫu".to_owned()),
            verdict: Some(verdict.to_owned()),
            note: Some("Dữ liệu mẫu".to_owned()),
            ..Particulars::default()
        };
        let state = if has_failed { State::Received } else { State::Accepted };
        let mut row = DispatchRow {
            id: hex::encode(self.dice.bytes()),
            unit: unit.id.clone(),
            book: Book::In.as_str().to_owned(),
            state: state.as_str().to_owned(),
            kind: "CV".to_owned(),
            number: None,
            date: Some(day),
            sought: unaccented(&subject),
            symbol: Some(format!("{n:02}/CQM-VP")),
            subject,
            urgent: false,
            particulars: json(&said)?,
            relation: None,
            created: at(day, 9, 0),
        };
        let log_index = self.nowhere();
        let tx = self.tx(4).await?;
        tx.put_dispatch(&row).await?;
        if !has_failed {
            row.number = Some(tx.take_number(&row, day.year(), "").await?);
            tx.update_dispatch(&row).await?;
        }
        let facts = Facts { row: digest_of(&row)?, ..Facts::new(Act::Receive, None, State::Received, Hat::Clerk) };
        let event = ActRow { seq: 0, facts: json(&facts)?, actor: ACTOR.to_owned(), time: row.created, log_index };
        Ok(tx.put_dispatch_event(&row.id, &event).await?)
    }

    /// Receipts of a year; each unit has one at least, where there are enough.
    async fn receipts(&mut self, units: &[Made], days: &Days, count: u32, least: u32) -> Result<()> {
        let each = u32::from(count >= least && least > 0);
        let weights: Vec<u64> = units.iter().map(|unit| unit.weight).collect();
        let rest = count.saturating_sub(each.saturating_mul(least));
        for (n, (unit, count)) in units.iter().zip(shared(rest, &weights, EVEN)).enumerate() {
            // two of the twenty letters of symbols (Thông tư 91/2026/TT-BTC, Appendix II)
            const LETTERS: [char; 20] =
                ['A', 'B', 'C', 'D', 'E', 'G', 'H', 'K', 'L', 'M', 'N', 'P', 'Q', 'R', 'S', 'T', 'U', 'V', 'X', 'Y'];
            let letter = |n: usize| LETTERS.get(n % LETTERS.len()).copied().unwrap_or('A');
            let year = days.year.rem_euclid(100);
            let id: SeriesId = format!("EBL01/{year:02}T{}{}", letter(n / LETTERS.len()), letter(n)).parse()?;
            self.commit().await?;
            let series = book::create(self.folder, &id, &unit.id, &book::Opening::default(), ACTOR).await?;
            let mut number = 0_u32;
            let phase = self.dice.below(1_000);
            for day in days.shared(count.saturating_add(each), phase) {
                number = number.saturating_add(1);
                self.receipt(unit, days, &series, number, day).await?;
            }
            let next = number.saturating_add(1);
            self.tx(1).await?.update_series(&SeriesRow { next, ..series }).await?;
        }
        self.commit().await
    }

    /// What a receipt is over.
    fn lines(&mut self, unit: &Made, series: &SeriesRow, number: u32, day: Date, is_portal: bool) -> Vec<CollectedRow> {
        let (channel, method) = match (is_portal, self.dice.is(300)) {
            (true, _) => ("portal", "portal"),
            (false, true) => ("counter", "transfer"),
            (false, false) => ("counter", "cash"),
        };
        let lines = if self.dice.is(150) { 2 } else { 1 };
        let mut rows = Vec::with_capacity(lines);
        for line in (1..).take(lines) {
            let (fee, name, counter, portal) =
                *self.dice.of(&FEES).unwrap_or(&("CTBS", "Phí chứng thực bản sao", 2_000, 2_000));
            let quantity = if fee.starts_with("CT") {
                i64::try_from(self.dice.below(6)).unwrap_or_default().saturating_add(1)
            } else {
                1
            };
            let unit_price = if is_portal { portal } else { counter };
            rows.push(CollectedRow {
                form: series.form.clone(),
                symbol: series.symbol.clone(),
                number,
                line,
                unit: unit.id.clone(),
                day,
                fee: fee.to_owned(),
                name: name.to_owned(),
                quantity,
                unit_price,
                amount: unit_price.saturating_mul(quantity),
                method: method.to_owned(),
                channel: channel.to_owned(),
                cashier: unit.cashier.clone(),
                budget_item: None,
            });
        }
        rows
    }

    async fn receipt(&mut self, unit: &Made, days: &Days, series: &SeriesRow, number: u32, day: Date) -> Result<()> {
        let id = format!("{}/{}/{number:08}", series.form, series.symbol);
        // the portal takes more from month to month
        let month = u64::from(u8::from(day.month()));
        let is_portal = self.dice.is(620_u64
            .saturating_add(month.saturating_mul(9))
            .saturating_sub(unit.slack)
            .saturating_sub(days.ago.saturating_mul(110)));
        let rows = self.lines(unit, series, number, day, is_portal);
        let state = match self.dice.below(1_000) {
            0..=3 => ReceiptState::Replaced,
            4..=5 => ReceiptState::Voided,
            _ => ReceiptState::Issued,
        };
        let reason = (state != ReceiptState::Issued).then(|| "Dữ liệu mẫu".to_owned());
        let reference = is_portal.then(|| format!("MAU-{}-{number}", series.symbol));
        let payer: Payer = serde_json::from_value(
            serde_json::json!({"name": format!("Người nộp mẫu {number}"), "address": "Dữ liệu mẫu"}),
        )
        .map_err(|error| Error::new(Kind::Bug, "demo.payer", "receipt", error))?;
        let row = ReceiptRow {
            form: series.form.clone(),
            symbol: series.symbol.clone(),
            number,
            unit: unit.id.clone(),
            date: day,
            state: state.as_str().to_owned(),
            total: rows.iter().map(|row| row.amount).fold(0, i64::saturating_add),
            code: check_code(self.dice.bytes()),
            xml_sha256: sha256(format!("{id}.xml: made up").as_bytes()),
            pdf_sha256: sha256(format!("{id}.pdf: made up").as_bytes()),
            log_index: self.nowhere(),
            log_size: NOWHERE,
            replaces: None,
            replaced_by: (state == ReceiptState::Replaced)
                .then(|| format!("{}/{}/{:08}", series.form, series.symbol, number.saturating_add(1))),
            reason: reason.clone(),
            idempotency_key: None,
            request_sha256: sha256(b"made up"),
            delegate: None,
            dossier: self.dice.is(800).then(|| format!("MAU.{}.{number:07}", series.symbol)),
            payment: reference.as_deref().map(payment_of),
            reference,
            payer: SealedPayer { name: None, ..payers::seal(self.folder, &id, &payer)? },
            notices: Vec::new(),
            void_request: (state == ReceiptState::Voided).then(|| VoidRequest {
                at: at(day, 16, 0),
                by: ACTOR.to_owned(),
                reason: "Dữ liệu mẫu".to_owned(),
            }),
        };
        let event = |kind, reason| EventRow {
            id: 0,
            unit: row.unit.clone(),
            day,
            kind,
            form: row.form.clone(),
            symbol: row.symbol.clone(),
            number,
            actor: unit.cashier.clone(),
            reason,
        };
        let issued = event(EventKind::Issued, None);
        let after = match state {
            ReceiptState::Replaced => Some(event(EventKind::Replaced, reason)),
            ReceiptState::Voided => Some(event(EventKind::Voided, reason)),
            ReceiptState::Issued => None,
        };
        let tx = self.tx(4).await?;
        tx.put_receipt(&row).await?;
        for line in &rows {
            tx.put_collected(line).await?;
        }
        tx.put_event(&issued).await?;
        if let Some(after) = after {
            tx.put_event(&after).await?;
        }
        Ok(())
    }
}

/// What the units hand in for each month of a year.
fn monthly(units: &[Made], days: &Days, dossiers: u32, late: u32, on_paper: u32) -> Vec<Given> {
    let months = days.months();
    let cells: Vec<(&Made, &str, u64)> = units
        .iter()
        .flat_map(|unit| {
            months.iter().map(move |(month, weight)| (unit, month.as_str(), unit.weight.saturating_mul(*weight)))
        })
        .collect();
    let counts = shared(dossiers, &cells.iter().map(|cell| cell.2).collect::<Vec<_>>(), EVEN);
    let slack = cells.iter().zip(&counts).map(|((unit, ..), count)| u64::from(*count).saturating_mul(unit.slack));
    let lates = shared(late, &slack.collect::<Vec<_>>(), EVEN);
    let papers: Vec<u64> = cells.iter().map(|(unit, _, weight)| weight.saturating_mul(unit.slack)).collect();
    let papers = shared(on_paper, &papers, EVEN);
    let mut rows = Vec::new();
    for (((unit, month, _), dossiers), (late, paper)) in
        cells.into_iter().zip(counts).zip(lates.into_iter().zip(papers))
    {
        let on_time = dossiers.saturating_sub(late);
        for (name, value) in [("dossiers", dossiers), ("dossiers_on_time", on_time), ("paper_documents", paper)] {
            if value > 0 {
                let (unit, period, name) = (Some(unit.id.clone()), month.to_owned(), name.to_owned());
                rows.push(Given { unit, period, name, value: value.into() });
            }
        }
    }
    rows
}

fn json(value: &impl serde::Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|error| Error::new(Kind::Bug, "demo.json", "made-up data", error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scale_is_four_numbers_or_a_factor() {
        assert_eq!("1".parse(), Ok(Scale::WHOLE));
        assert_eq!("0.01".parse(), Ok(Scale { units: 171, users: 20, documents: 1_000, receipts: 10_000 }));
        assert_eq!("3, 4,5,6".parse(), Ok(Scale { units: 3, users: 4, documents: 5, receipts: 6 }));
        for wrong in ["", "0", "2", "1.5", "-1", "1,2,3", "401,1,1,1", "1,1,1,1", "0.0000001"] {
            assert!(wrong.parse::<Scale>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_is_shared_out_is_all_there_was() {
        assert_eq!(shared(10, &[1, 1, 1], 0), [3, 3, 4]);
        assert_eq!(shared(7, &[0, 5, 0], 999), [0, 7, 0]);
        assert_eq!(shared(1, &[1, 1, 1, 1], 500), [0, 1, 0, 0]);
        assert_eq!(shared(5, &[], 0), Vec::<u32>::new());
    }
}

//! The counter: a receipt issued by keyboard alone, or one in the place of another. What is typed is priced by the server as it will be
//! issued. A form that comes again, because the line dropped, gives the receipt that it gave: its act is the idempotency key.

use super::super::form::{Faults, Form};
use super::super::shell::{Shell, Visit, shown};
use super::super::{Language, assets};
use super::{Place, address_of, dong, id_at, whole};
use crate::http::house::House;
use crate::http::problem::{Answer, Problem};
use crate::http::receipts::counter as at_counter;
use crate::messages::{folded, in_one};
use crate::people::permissions::Permission;
use crate::receipts::book::{self, Holding};
use crate::receipts::catalogue::FeeOf;
use crate::receipts::content::Content;
use crate::receipts::copy;
use crate::receipts::currency::Exchange;
use crate::receipts::issue::{Asked, Counter};
use crate::receipts::order::Line;
use crate::receipts::payers;
use crate::receipts::price::Price;
use crate::receipts::request::{LineRequest, Payer, Payment, PaymentMethod, ReductionRequest, Request};
use crate::receipts::series::ReceiptId;
use crate::receipts::view::identity;
use crate::receipts::words::in_words;
use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;

/// Lines that an empty form has, and that are added where no script adds one.
const ROWS: usize = 3;
/// Lines of one form.
const MOST_ROWS: usize = 100;
/// Digits of the act of a form.
const ACT: usize = 32;

#[derive(Template)]
#[template(path = "receipts/counter.html")]
struct Page {
    shell: Shell,
    script: &'static str,
    act: String,
    typed: Typed,
    faults: Faults,
    offers: Vec<Offer>,
    has_catalogue: bool,
    /// Ways of payment: code, name, whether it was chosen.
    methods: Vec<(&'static str, String, bool)>,
    /// Every reduction of the catalogue: code and what it says.
    reductions: Vec<(String, String)>,
    series: Vec<String>,
    low: Vec<(String, u32)>,
    sum: Option<Sum>,
    /// The receipt that is replaced.
    replaces: Option<String>,
    /// The receipt that this form gave before.
    earlier: Option<String>,
}

impl Page {
    /// What is wrong with a field of a line.
    #[allow(clippy::trivially_copy_pass_by_ref)] // that is how templates call it
    fn fault(&self, name: &str, at: &usize) -> Option<&str> {
        self.faults.of(&format!("{name}-{at}"))
    }
}

#[derive(Template)]
#[template(path = "receipts/sum.html")]
struct SumPage {
    shell: Shell,
    sum: Option<Sum>,
}

/// A fee that may be collected.
struct Offer {
    code: String,
    name: String,
    price: String,
    needs_value: bool,
    currency: String,
    /// The codes of its reductions.
    reductions: String,
}

impl Offer {
    fn of(language: Language, FeeOf { fee, .. }: &FeeOf) -> Self {
        let codes: Vec<&str> = fee.reductions.iter().map(|reduction| reduction.code.as_str()).collect();
        Self {
            code: fee.code.clone(),
            name: fee.name.clone(),
            price: fee.price.said(fee.unit.as_deref()).of(language).to_owned(),
            needs_value: matches!(fee.price, Price::Percent { .. }),
            currency: match &fee.price {
                Price::Foreign(price) => price.currency.to_string(),
                _ => String::new(),
            },
            reductions: codes.join(" "),
        }
    }
}

/// A line as it was typed.
#[derive(Default, Clone)]
struct Row {
    fee: String,
    quantity: String,
    value: String,
    reduction: String,
    what: String,
    price: String,
    off: String,
    why: String,
}

impl Row {
    fn is_blank(&self) -> bool {
        [&self.fee, &self.what, &self.price].iter().all(|text| text.is_empty())
    }

    /// Whether there is more in it than fee and quantity.
    fn has_more(&self) -> bool {
        [&self.value, &self.reduction, &self.off, &self.why].iter().any(|text| !text.is_empty())
    }

    fn of(line: &Line) -> Self {
        Self {
            fee: line.fee.clone(),
            quantity: line.quantity.to_string(),
            what: line.name.clone(),
            price: line.unit_price.to_string(),
            off: line.reduction.as_ref().map(|reduction| reduction.amount.to_string()).unwrap_or_default(),
            why: line.reduction.as_ref().map(|reduction| reduction.reason.clone()).unwrap_or_default(),
            ..Self::default()
        }
    }
}

/// What was typed.
#[derive(Default)]
struct Typed {
    rows: Vec<Row>,
    series: String,
    name: String,
    tax_code: String,
    personal_id: String,
    address: String,
    email: String,
    phone: String,
    account: String,
    method: String,
    reference: String,
    dossier: String,
    note: String,
    currency: String,
    rate: String,
    source: String,
    reason: String,
}

impl Typed {
    fn blank() -> Self {
        Self { rows: vec![Row::default(); ROWS], method: PaymentMethod::Cash.as_str().to_owned(), ..Self::default() }
    }

    fn of(form: &Form) -> Self {
        let columns = ["fee", "quantity", "value", "reduction", "what", "price", "off", "why"]
            .map(|name| form.all(name).take(MOST_ROWS).map(str::to_owned).collect::<Vec<_>>());
        let count = columns.iter().map(Vec::len).max().unwrap_or_default();
        let row = |at: usize| {
            let [fee, quantity, value, reduction, what, price, off, why] =
                columns.each_ref().map(|column| column.get(at).cloned().unwrap_or_default());
            Row { fee, quantity, value, reduction, what, price, off, why }
        };
        let text = |name: &str| form.text(name).to_owned();
        Self {
            rows: (0..count).map(row).collect(),
            series: text("series"),
            name: text("name"),
            tax_code: text("tax_code"),
            personal_id: text("personal_id"),
            address: text("address"),
            email: text("email"),
            phone: text("phone"),
            account: text("account"),
            method: text("payment"),
            reference: text("reference"),
            dossier: text("dossier"),
            note: text("note"),
            currency: text("currency"),
            rate: text("rate"),
            source: text("source"),
            reason: text("reason"),
        }
    }

    /// What a receipt says, for the one that takes its place.
    fn replacing(content: &Content, offers: &[Offer]) -> Self {
        let Payer { name, tax_code, personal_id, address, email, phone, account } = content.payer.clone();
        let text = |text: Option<String>| text.unwrap_or_default();
        let exchange = content.exchange.clone();
        let row = |line: &Line| {
            if offers.iter().any(|offer| offer.code == line.fee) {
                // the catalogue says the rest, and what is taken off is chosen from it
                return Row { fee: line.fee.clone(), quantity: line.quantity.to_string(), ..Row::default() };
            }
            Row::of(line)
        };
        let mut rows: Vec<Row> = Vec::new();
        for line in &content.lines {
            let row = row(line);
            match rows.last_mut().filter(|last| last.fee == row.fee && last.price.is_empty() && row.price.is_empty()) {
                // the catalogue has several prices for one line of a request
                Some(last) => {
                    let more = whole(&last.quantity).unwrap_or_default().saturating_add(line.quantity);
                    last.quantity = more.to_string();
                }
                None => rows.push(row),
            }
        }
        rows.push(Row::default());
        Self {
            rows,
            name,
            tax_code: text(tax_code),
            personal_id: text(personal_id),
            address: text(address),
            email: text(email),
            phone: text(phone),
            account: text(account),
            method: content.payment.method.as_str().to_owned(),
            reference: text(content.payment.reference.clone()),
            dossier: text(content.dossier.clone()),
            note: text(content.note.clone()),
            currency: exchange.as_ref().map(|exchange| exchange.currency.to_string()).unwrap_or_default(),
            rate: exchange.as_ref().map(|exchange| exchange.rate.to_string()).unwrap_or_default(),
            source: exchange.map(|exchange| exchange.source).unwrap_or_default(),
            ..Self::default()
        }
    }

    /// The request, and of each of its lines the row that it is from; what cannot be read is a fault.
    fn request(&self, fees: &[FeeOf], language: Language, faults: &mut Faults) -> (Request, Vec<usize>) {
        let (mut lines, mut places) = (Vec::new(), Vec::new());
        for (at, row) in self.rows.iter().enumerate().filter(|(_, row)| !row.is_blank()) {
            lines.push(line_of(row, at, fees, language, faults));
            places.push(at);
        }
        let given = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let exchange = (!self.currency.is_empty() && !self.rate.is_empty()).then(|| {
            let rate = self.rate.replace(',', ".");
            let (currency, rate) = (self.currency.to_uppercase().parse(), rate.parse());
            if currency.is_err() {
                faults.add(
                    "currency",
                    language.pick("Loại tiền là ba chữ cái, ví dụ USD.", "A currency is three letters, such as USD."),
                );
            }
            if rate.is_err() {
                faults.add(
                    "rate",
                    language.pick(
                        "Tỷ giá là số đồng cho một đơn vị, ví dụ 26120,5.",
                        "The rate is dong for one, such as 26120.5.",
                    ),
                );
            }
            Some(Exchange { currency: currency.ok()?, rate: rate.ok()?, source: self.source.clone() })
        });
        let request = Request {
            series: given(&self.series),
            payer: Payer {
                name: self.name.clone(),
                tax_code: given(&self.tax_code),
                personal_id: given(&self.personal_id),
                address: given(&self.address),
                email: given(&self.email),
                phone: given(&self.phone),
                account: given(&self.account),
            },
            lines,
            payment: Payment {
                method: PaymentMethod::ALL
                    .into_iter()
                    .find(|known| known.as_str() == self.method)
                    .unwrap_or(PaymentMethod::Cash),
                reference: given(&self.reference),
            },
            dossier: given(&self.dossier),
            note: given(&self.note),
            channel: None,
            exchange: exchange.flatten(),
        };
        (request, places)
    }
}

fn line_of(row: &Row, at: usize, fees: &[FeeOf], language: Language, faults: &mut Faults) -> LineRequest {
    let mut number = |field: &str, text: &str| {
        let read = Some(text).filter(|text| !text.is_empty()).map(whole);
        if read == Some(None) {
            faults.add(
                &format!("{field}-{at}"),
                language.pick("Nhập một số nguyên, ví dụ 3.", "Type a whole number, such as 3."),
            );
        }
        read.flatten()
    };
    let quantity = if row.quantity.is_empty() { Some(1) } else { number("quantity", &row.quantity) };
    let (value, price, off) = (number("value", &row.value), number("price", &row.price), number("off", &row.off));
    let given = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let reduction = ReductionRequest {
        code: given(&row.reduction).map(|code| first_word(&code)),
        reason: given(&row.why),
        amount: off,
    };
    let is_reduced = reduction.code.is_some() || reduction.reason.is_some() || reduction.amount.is_some();
    LineRequest {
        fee: code_of(&row.fee, fees),
        name: given(&row.what).filter(|_| fees.is_empty()),
        unit: None,
        quantity: quantity.unwrap_or(1),
        unit_price: price.filter(|_| fees.is_empty()),
        currency_price: None,
        amount: None,
        value,
        reduction: is_reduced.then_some(reduction),
    }
}

fn first_word(text: &str) -> String {
    text.split_whitespace().next().unwrap_or_default().to_owned()
}

/// The code of the fee that was typed: by its code, its name, or what the list of suggestions shows of it.
fn code_of(typed: &str, fees: &[FeeOf]) -> String {
    let code = first_word(typed);
    let by_code = fees.iter().find(|of| of.fee.code.eq_ignore_ascii_case(typed));
    let by_name = || fees.iter().find(|of| folded(&of.fee.name) == folded(typed));
    let by_word = || fees.iter().find(|of| of.fee.code.eq_ignore_ascii_case(&code));
    let found = by_code.or_else(by_name).or_else(by_word);
    found.map_or_else(|| typed.to_owned(), |of| of.fee.code.clone())
}

/// What it comes to.
struct Sum {
    lines: Vec<SumLine>,
    total: String,
    words: String,
    warnings: Vec<String>,
    fault: Option<String>,
}

struct SumLine {
    name: String,
    quantity: String,
    price: String,
    amount: String,
}

impl Sum {
    /// What a request comes to; what is wrong with its lines is added to the faults.
    async fn of(
        desk: &Counter<'_>,
        (request, places): (&Request, &[usize]),
        language: Language,
        faults: &mut Faults,
    ) -> Answer<Option<Self>> {
        if request.lines.is_empty() {
            return Ok(None);
        }
        match desk.quote(request).await {
            Ok(quote) => {
                let line = |line: &Line| SumLine {
                    name: line.shown_name(),
                    quantity: line.quantity.to_string(),
                    price: dong(line.unit_price.get()),
                    amount: dong(line.amount.get()),
                };
                let odd = payers::warning(&request.payer);
                Ok(Some(Self {
                    lines: quote.lines.iter().map(line).collect(),
                    total: dong(quote.total.get()),
                    words: in_words(quote.total),
                    warnings: quote.warnings.into_iter().chain(odd).map(|text| in_one(language, &text)).collect(),
                    fault: None,
                }))
            }
            Err(error) => {
                let problem = Problem::from(error);
                if !problem.status().is_client_error() {
                    return Err(problem);
                }
                let (field, text) = fault_of(&problem, places, language);
                faults.add(&field, &text);
                let (lines, total, words) = (Vec::new(), String::new(), String::new());
                Ok(Some(Self { lines, total, words, warnings: Vec::new(), fault: Some(text) }))
            }
        }
    }
}

/// The field of the form that a problem is about, and what to do about it.
fn fault_of(problem: &Problem, places: &[usize], language: Language) -> (String, String) {
    let detail = problem.detail().strip_prefix("biên lai: ").unwrap_or(problem.detail());
    let path = detail
        .split_once(": ")
        .filter(|(path, _)| path.bytes().all(|b| b.is_ascii_alphanumeric() || b"[]._".contains(&b)));
    let Some((path, why)) = path.filter(|_| ["receipt.field", "receipt.fee"].contains(&problem.code())) else {
        return (String::new(), in_one(language, detail));
    };
    let (field, label) = field_of(path, places, language);
    (field, format!("{label}: {}", in_one(language, why)))
}

/// The field of the form for one of a request, and what it is called.
fn field_of(path: &str, places: &[usize], language: Language) -> (String, String) {
    let line = path.strip_prefix("lines[").and_then(|rest| rest.split_once(']'));
    if let Some((at, rest)) = line {
        let row = at.parse::<usize>().ok().and_then(|at| places.get(at)).copied().unwrap_or_default();
        let (name, vi, en) = match rest.trim_start_matches('.') {
            "quantity" => ("quantity", "số lượng", "quantity"),
            "value" => ("value", "giá trị tính phí", "value"),
            "unit_price" => ("price", "đơn giá", "price"),
            "name" => ("what", "tên khoản thu", "name"),
            "reduction.amount" => ("off", "số tiền giảm", "amount taken off"),
            "reduction.reason" => ("why", "lý do giảm", "reason"),
            "reduction.code" => ("reduction", "miễn, giảm", "reduction"),
            _ => ("fee", "khoản thu", "fee"),
        };
        let number = row.saturating_add(1);
        let label = match language {
            Language::Vi => format!("Dòng {number}, {vi}"),
            Language::En => format!("Line {number}, {en}"),
        };
        return (format!("{name}-{row}"), label);
    }
    let (name, vi, en) = match path {
        "payer.name" => ("name", "Người nộp", "Payer"),
        "payer.tax_code" => ("tax_code", "Mã số thuế", "Tax code"),
        "payer.personal_id" => ("personal_id", "Số định danh", "Personal id"),
        "payer.address" => ("address", "Địa chỉ", "Address"),
        "payer.email" => ("email", "Thư điện tử", "E-mail"),
        "payer.phone" => ("phone", "Điện thoại", "Telephone"),
        "payer.account" => ("account", "Tài khoản", "Account"),
        "payment.method" => ("payment-cash", "Hình thức thanh toán", "Payment"),
        "payment.reference" => ("reference", "Mã giao dịch", "Reference"),
        "dossier" => ("dossier", "Mã hồ sơ", "Dossier"),
        "note" => ("note", "Ghi chú", "Note"),
        "reason" => ("reason", "Lý do", "Reason"),
        "series" => ("series", "Ký hiệu", "Series"),
        path if path.starts_with("exchange") => ("rate", "Tỷ giá", "Rate"),
        _ => ("fee-0", "Khoản thu", "Fees"),
    };
    (name.to_owned(), language.pick(vi, en).to_owned())
}

/// What a page of the counter is made from.
struct Shown {
    status: StatusCode,
    act: String,
    typed: Typed,
    faults: Faults,
    sum: Option<Sum>,
    replaces: Option<String>,
    earlier: Option<String>,
}

async fn answer(house: &House, caller_unit: &str, shell: Shell, fees: &[FeeOf], page: Shown) -> Answer<Response> {
    let language = shell.language;
    let Shown { status, act, mut typed, faults, sum, replaces, earlier } = page;
    if typed.rows.is_empty() {
        typed.rows.push(Row::default());
    }
    let holdings = book::holdings(&house.folder, caller_unit).await?;
    let open: Vec<&Holding> = holdings.iter().filter(|holding| holding.is_open).collect();
    let name = |holding: &Holding| format!("{}/{}", holding.series.form, holding.series.symbol);
    let mut series: Vec<String> = open.iter().map(|holding| name(holding)).collect();
    series.dedup();
    let mut reductions: Vec<(String, String)> = Vec::new();
    for reduction in fees.iter().flat_map(|of| &of.fee.reductions) {
        if !reductions.iter().any(|(code, _)| *code == reduction.code) {
            let said = format!("{} {}", reduction.reason, reduction.percent.vietnamese());
            reductions.push((reduction.code.clone(), said));
        }
    }
    let chosen = |known: PaymentMethod| {
        let code = known.as_str();
        (code, super::method(language, code), typed.method == code)
    };
    let page = Page {
        script: assets::address("counter.js"),
        has_catalogue: !fees.is_empty(),
        methods: PaymentMethod::ALL.map(chosen).to_vec(),
        act,
        typed,
        faults,
        offers: fees.iter().map(|of| Offer::of(language, of)).collect(),
        reductions,
        series,
        low: open.iter().filter(|holding| holding.is_low).map(|holding| (name(holding), holding.left)).collect(),
        sum,
        replaces,
        earlier,
        shell,
    };
    shown(status, &page)
}

/// The counter, ready for the next.
pub async fn page(visit: Visit) -> Answer<Response> {
    visit.caller.may(Permission::IssueReceipts)?;
    let act = visit.act()?;
    let Visit { house, caller, shell, .. } = visit;
    let trust = house.trust()?;
    let fees = at_counter(&house, &trust, &caller).fees().await?;
    let page = Shown {
        status: StatusCode::OK,
        act,
        typed: Typed::blank(),
        faults: Faults::default(),
        sum: None,
        replaces: None,
        earlier: None,
    };
    answer(&house, &caller.unit, shell, &fees, page).await
}

/// The counter, filled with what a receipt says that is to be replaced.
pub async fn replacing(visit: Visit, Path(place): Path<Place>) -> Answer<Response> {
    visit.caller.may(Permission::IssueReceipts)?;
    let (id, act) = (id_at(&place)?, visit.act()?);
    let Visit { house, caller, shell, .. } = visit;
    let trust = house.trust()?;
    let desk = at_counter(&house, &trust, &caller);
    let (fees, row) = (desk.fees().await?, desk.show(&id).await?);
    let original = copy::original(&house.folder, &row).await?;
    let offers: Vec<Offer> = fees.iter().map(|of| Offer::of(shell.language, of)).collect();
    let typed = Typed::replacing(original.content(), &offers);
    let mut faults = Faults::default();
    let (request, places) = typed.request(&fees, shell.language, &mut faults);
    let sum = Sum::of(&desk, (&request, &places), shell.language, &mut faults).await?;
    let page = Shown {
        status: StatusCode::OK,
        act,
        typed,
        faults: Faults::default(),
        sum,
        replaces: Some(identity(&row)),
        earlier: None,
    };
    answer(&house, &caller.unit, shell, &fees, page).await
}

/// What the form comes to, for the script that shows it while it is filled in.
pub async fn price(visit: Visit, form: Form) -> Answer<Response> {
    visit.caller.may(Permission::IssueReceipts)?;
    let Visit { house, caller, shell, .. } = visit;
    let trust = house.trust()?;
    let desk = at_counter(&house, &trust, &caller);
    let (fees, mut faults) = (desk.fees().await?, Faults::default());
    let (request, places) = Typed::of(&form).request(&fees, shell.language, &mut faults);
    let sum = Sum::of(&desk, (&request, &places), shell.language, &mut faults).await?;
    shown(StatusCode::OK, &SumPage { shell, sum })
}

/// Issues a receipt.
pub async fn issue(visit: Visit, form: Form) -> Answer<Response> {
    take(visit, &form, None).await
}

/// Issues a receipt in the place of another.
pub async fn replace(visit: Visit, Path(place): Path<Place>, form: Form) -> Answer<Response> {
    let id = id_at(&place)?;
    take(visit, &form, Some(id)).await
}

async fn take(visit: Visit, form: &Form, old: Option<ReceiptId>) -> Answer<Response> {
    visit.caller.may(Permission::IssueReceipts)?;
    let language = visit.language();
    let (house, trust) = (&visit.house, visit.house.trust()?);
    let desk = at_counter(house, &trust, &visit.caller);
    let fees = desk.fees().await?;
    let (mut typed, mut faults) = (Typed::of(form), Faults::default());
    let (request, places) = typed.request(&fees, language, &mut faults);
    let is_to_be_issued = !["more", "price"].contains(&form.text("do"));
    if is_to_be_issued && request.lines.is_empty() {
        faults.add("fee-0", language.pick("Nhập mã của ít nhất một khoản thu.", "Type the code of one fee at least."));
    }
    let sum = Sum::of(&desk, (&request, &places), language, &mut faults).await?;
    let reason = typed.reason.clone();
    if old.is_some() && is_to_be_issued && reason.is_empty() {
        faults.add("reason", language.pick("Nêu lý do thay thế.", "Say why it is replaced."));
    }
    let (mut act, mut earlier) = (form.text("act").to_owned(), None);
    if !is_to_be_issued {
        if form.text("do") == "more" {
            typed.rows.extend(vec![Row::default(); ROWS]);
        }
        faults = Faults::default();
    } else if faults.is_empty() {
        let key = key_of(&act)?;
        let (office, caller, key_then, replaces) =
            (visit.house.clone(), visit.caller.clone(), key.clone(), old.clone());
        let job = async move {
            let press = async move |house: &House| {
                let trust = house.trust()?;
                let asked = Asked {
                    counter: at_counter(house, &trust, &caller),
                    request: &request,
                    idempotency_key: Some(&key_then),
                    replaces: replaces.as_ref().map(|id| (id, &*reason)),
                };
                house.press.issue(asked).await
            };
            let issued = office.work_at_counter(press).await?;
            Ok(format!("{}?said=issued", address_of(&identity(&issued.row))))
        };
        match visit.once(form.act(), job).await {
            Ok(led) => return Ok(led),
            Err(problem) if problem.code() == "receipt.idempotency" => {
                // it was issued, the answer was lost, and then something else was typed
                earlier = desk.earlier(&key).await?.map(|row| identity(&row));
                act = visit.act()?;
            }
            Err(problem) if problem.status().is_client_error() => {
                let (field, text) = fault_of(&problem, &places, language);
                faults.add(&field, text);
            }
            Err(problem) => return Err(problem),
        }
    }
    let status = if earlier.is_some() { StatusCode::CONFLICT } else { faults.status() };
    let replaces = old.map(|id| id.to_string());
    let page = Shown { status, act, typed, faults, sum, replaces, earlier };
    let Visit { house, caller, shell, .. } = visit;
    answer(&house, &caller.unit, shell, &fees, page).await
}

/// The idempotency key of a form: its act, which the page that it is on made up.
fn key_of(act: &str) -> Answer<String> {
    if act.len() == ACT && act.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Ok(format!("page-{act}"));
    }
    Err(Problem::new(StatusCode::BAD_REQUEST, "request.form", "the form does not say which one it is"))
}

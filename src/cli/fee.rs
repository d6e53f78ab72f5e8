//! `dauson fee`: the fee catalogues of the units.

use super::folder::{self, local_actor};
use super::{block_on, input, output};
use crate::config::Config;
use crate::data_folder::DataFolder;
use crate::error::{Error, Kind, Result};
use crate::output::{OutputFile, write_file};
use crate::receipts::budget::BudgetItem;
use crate::receipts::catalogue::{self, Given, RowReport};
use crate::receipts::fees::{Fee, FeeKind, FeeReduction};
use crate::receipts::price::Price;
use crate::reports::sheet::{Cell, Format, Sheet};
use std::path::PathBuf;
use time::Date;

/// Bytes of the largest table.
const LARGEST: u64 = 8 << 20;

/// Arguments of `dauson fee`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

/// Whose catalogue.
#[derive(Debug, clap::Args)]
struct Whose {
    /// The unit; left out where there is only one
    #[arg(long)]
    unit: Option<String>,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// List the fees in force: the unit's own and those that it inherits
    List {
        #[command(flatten)]
        whose: Whose,
        /// On this day instead of today
        #[arg(long, value_name = "DAY", value_parser = catalogue::read_day)]
        date: Option<Date>,
        /// Every row of the unit's own catalogue, past and future ones, too
        #[arg(long, conflicts_with = "date")]
        all: bool,
        /// One JSON object for each
        #[arg(long)]
        json: bool,
    },
    /// Take rows from a table (CSV or XLSX) into the unit's own catalogue: all of them, or none
    Import {
        /// The table; - is standard input
        file: PathBuf,
        #[command(flatten)]
        whose: Whose,
        /// Only say what would become of each row
        #[arg(long)]
        dry_run: bool,
        /// One JSON object for each row
        #[arg(long)]
        json: bool,
    },
    /// Write the unit's own catalogue as a table: XLSX if the file's name ends so, else CSV
    Export {
        /// Where it goes; left out it is printed
        file: Option<PathBuf>,
        #[command(flatten)]
        whose: Whose,
        /// Overwrite a file that is there
        #[arg(long)]
        force: bool,
    },
    /// Set one fee from a day on; what is not given stays as it is
    Set(Box<SetArgs>),
    /// End a fee with a day
    End {
        /// Its code
        code: String,
        /// The last day
        #[arg(long, value_name = "DAY", value_parser = catalogue::read_day)]
        to: Date,
        #[command(flatten)]
        whose: Whose,
    },
}

#[derive(Debug, clap::Args)]
struct SetArgs {
    /// Its code
    code: String,
    #[command(flatten)]
    whose: Whose,
    /// The first day
    #[arg(long, value_name = "DAY", value_parser = catalogue::read_day)]
    from: Date,
    /// The last day
    #[arg(long, value_name = "DAY", value_parser = catalogue::read_day)]
    to: Option<Date>,
    /// Its name
    #[arg(long)]
    name: Option<String>,
    /// phi or le-phi
    #[arg(long)]
    kind: Option<FeeKind>,
    /// The legal basis
    #[arg(long)]
    legal_basis: Option<String>,
    /// Unit of measure
    #[arg(long)]
    measure: Option<String>,
    /// 10000, or "2000 from 3 at 1000 max 200000", or "case 100000", or "0.5% min 100000 max 5000000", or "25 USD"
    #[arg(long)]
    price: Option<Price>,
    /// The price at the portal
    #[arg(long)]
    portal_price: Option<Price>,
    /// An exemption or reduction, such as "HN=50% Hộ nghèo" (repeatable)
    #[arg(long, value_parser = catalogue::read_reduction)]
    reduction: Vec<FeeReduction>,
    /// Where it belongs in the state budget: 2716, 2700-2716, or 760-2700-2716
    #[arg(long, value_name = "ITEM")]
    budget_item: Option<BudgetItem>,
}

/// Runs the command.
pub fn run(args: Args, config: &Config) -> Result<u8> {
    block_on(async {
        let folder = folder::open_existing(config).await?;
        match args.command {
            Command::List { whose, date, all, json } => {
                let unit = whose.unit(&folder).await?;
                let fees = if all {
                    catalogue::own(&folder, &unit).await?
                } else {
                    catalogue::in_force(&folder, &unit, date).await?
                };
                for listed in fees {
                    if json {
                        output::json(&listed)?;
                        continue;
                    }
                    let fee = &listed.fee;
                    let until = fee.valid_to.map(|to| format!(" to {to}")).unwrap_or_default();
                    let portal = fee.portal_price.as_ref().map(|p| format!(", portal {p}")).unwrap_or_default();
                    output::text(&format!(
                        "{}  {}  {}{portal}  from {}{until}  {}\n",
                        fee.code, fee.name, fee.price, fee.valid_from, listed.of
                    ))?;
                }
                Ok(0)
            }
            Command::Import { file, whose, dry_run, json } => {
                let name = file.display().to_string();
                let given = catalogue::read(&input::read(&file, LARGEST)?).map_err(|error| error.about(&name))?;
                let unit = whose.unit(&folder).await?;
                let reports = catalogue::put(&folder, &unit, given, dry_run, &local_actor()).await?;
                let faults = reports.iter().filter(|report| report.fault.is_some()).count();
                for report in &reports {
                    if json {
                        output::json(report)?;
                    } else {
                        output::text(&told(report))?;
                    }
                }
                if faults > 0 {
                    let why = format!("{faults} of {} rows are wrong; nothing was changed", reports.len());
                    return Err(Error::new(Kind::BadInput, "fee.rows", name, why));
                }
                Ok(0)
            }
            Command::Export { file, whose, force } => {
                let fees = catalogue::own(&folder, &whose.unit(&folder).await?).await?;
                let fees = fees.iter().map(|listed| &listed.fee);
                match file {
                    Some(file) if file.extension().is_some_and(|e| e.eq_ignore_ascii_case("xlsx")) => {
                        let mut out = OutputFile::create(&file, force)?;
                        let mut sheet = Sheet::begin(&mut out, Format::Xlsx, &catalogue::HEAD)?;
                        for fee in fees {
                            sheet.row(&catalogue::cells(fee).map(Cell::from))?;
                        }
                        sheet.finish()?;
                        out.commit()?;
                    }
                    Some(file) => write_file(&file, catalogue::write_csv(fees).as_bytes(), force)?,
                    None => output::text(&catalogue::write_csv(fees))?,
                }
                Ok(0)
            }
            Command::Set(args) => {
                let unit = args.whose.unit(&folder).await?;
                let known = catalogue::in_force(&folder, &unit, Some(args.from)).await?;
                let old = known.into_iter().find(|listed| listed.fee.code == args.code).map(|listed| listed.fee);
                change_one(&folder, &unit, args.fee(old.as_ref())?).await
            }
            Command::End { code, to, whose } => {
                let unit = whose.unit(&folder).await?;
                let fee = Fee { valid_to: Some(to), ..catalogue::newest(&folder, &unit, &code).await? };
                change_one(&folder, &unit, fee).await
            }
        }
    })
}

impl Whose {
    async fn unit(&self, folder: &DataFolder) -> Result<String> {
        folder::unit(folder, self.unit.as_deref()).await
    }
}

impl SetArgs {
    fn fee(self, old: Option<&Fee>) -> Result<Fee> {
        let missing = || {
            let why = "a new fee needs a name, a kind, a legal basis and a price";
            Error::new(Kind::Usage, "usage", format!("fee {}", self.code), why)
                .hint("--name --kind --legal-basis --price")
        };
        Ok(Fee {
            name: self.name.or_else(|| Some(old?.name.clone())).ok_or_else(missing)?,
            kind: self.kind.or_else(|| Some(old?.kind)).ok_or_else(missing)?,
            legal_basis: self.legal_basis.or_else(|| Some(old?.legal_basis.clone())).ok_or_else(missing)?,
            price: self.price.or_else(|| Some(old?.price.clone())).ok_or_else(missing)?,
            unit: self.measure.or_else(|| old?.unit.clone()),
            portal_price: self.portal_price.or_else(|| old?.portal_price.clone()),
            reductions: if self.reduction.is_empty() {
                old.map(|old| old.reductions.clone()).unwrap_or_default()
            } else {
                self.reduction
            },
            budget_item: self.budget_item.or_else(|| old?.budget_item.clone()),
            valid_from: self.from,
            valid_to: self.to,
            code: self.code,
        })
    }
}

async fn change_one(folder: &DataFolder, unit: &str, fee: Fee) -> Result<u8> {
    let given: Vec<Given> = vec![(1, Ok(fee))];
    for report in catalogue::put(folder, unit, given, false, &local_actor()).await? {
        if let Some(fault) = report.fault {
            let what = format!("fee {}", report.code.unwrap_or_default());
            return Err(Error::new(Kind::BadInput, "fee.rows", what, fault));
        }
        output::text(&format!("{}: {}\n", report.code.unwrap_or_default(), report.change.unwrap_or_default()))?;
    }
    Ok(0)
}

fn told(report: &RowReport) -> String {
    let code = report.code.as_deref().unwrap_or("-");
    let what = report.fault.as_deref().or(report.change).unwrap_or_default();
    format!("row {}  {code}  {what}\n", report.row)
}

//! `dauson config`: every setting, its value, and where the value comes from.

use super::output::{self, Paint};
use crate::config::Config;
use crate::error::Result;

/// Arguments of `dauson config`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// One JSON object a setting, one per line
    #[arg(long)]
    json: bool,
}

/// Prints the settings; never fails for what they contain.
pub fn run(args: &Args, config: &Config) -> Result<u8> {
    let paint = Paint::stdout();
    for setting in config.settings() {
        if args.json {
            output::json(&setting)?;
        } else {
            output::text(&format!(
                "{} = {}  {}\n    {}\n",
                paint.bold(setting.key),
                setting.value,
                paint.dim(&format!("# {}; ${}", setting.origin, setting.env)),
                setting.doc
            ))?;
        }
    }
    Ok(0)
}

//! `dauson pki check`: whether a certificate is good.

use crate::cli::output::{self, Paint};
use crate::cli::trust::{TrustArgs, about};
use crate::config::Config;
use crate::error::{Error, Kind, Result};
use crate::limits::Limits;
use crate::pki::algorithms::AlgorithmPolicy;
use crate::pki::anchors::certificates_in;
use crate::pki::path::{self, PathInputs, PathReport, PolicyInputs, Purpose, Shown};
use serde::Serialize;
use std::fmt::Write;
use std::path::PathBuf;

/// Arguments of `dauson pki check`.
#[derive(Debug, clap::Args)]
#[allow(clippy::struct_excessive_bools)] // switches
pub struct Args {
    /// The certificate, PEM or DER; of several in one file the first, the others help to build the path
    #[arg(value_name = "CERT")]
    certificate: PathBuf,
    #[command(flatten)]
    trust: TrustArgs,
    /// A certificate policy of which one has to be valid (user-initial-policy-set) [default: any]
    #[arg(long, value_name = "OID")]
    policy: Vec<String>,
    /// Some certificate policy has to be valid (initial-explicit-policy)
    #[arg(long)]
    explicit_policy: bool,
    /// Policies are not mapped to others (initial-policy-mapping-inhibit)
    #[arg(long)]
    inhibit_policy_mapping: bool,
    /// anyPolicy does not count (initial-any-policy-inhibit)
    #[arg(long)]
    inhibit_any_policy: bool,
    /// What the certificate is used for; with any, weak algorithms are only warned of
    #[arg(long, value_enum, default_value_t)]
    purpose: Use,
    /// One JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, Default, clap::ValueEnum)]
enum Use {
    /// Signing documents
    #[default]
    Signing,
    /// Signing time-stamps
    Timestamping,
    /// The path alone
    Any,
}

/// What `--json` prints.
#[derive(Serialize)]
struct Answer<'a> {
    certificate: String,
    good: bool,
    path: Vec<Shown>,
    problems: Vec<Reason<'a>>,
    warnings: &'a [String],
}

#[derive(Serialize)]
struct Reason<'a> {
    kind: &'static str,
    certificate: &'a str,
    message: &'a str,
}

/// Runs the command.
pub fn run(args: &Args, config: &Config) -> Result<u8> {
    let mut intermediates = certificates_in(&args.certificate).map_err(about(&args.certificate))?;
    let Some(target) = intermediates.first().cloned() else {
        let name = args.certificate.display().to_string();
        return Err(Error::new(Kind::BadInput, "pki.empty", name, "there is no certificate in it"));
    };
    let trust = args.trust.read(config)?;
    intermediates.extend(trust.material.certificates);
    if trust.material.anchors.is_empty() {
        return Err(
            Error::new(Kind::Usage, "pki.no_anchors", "pki check", "there are no trust anchors").hint("--trust")
        );
    }
    let report = path::validate(
        &target,
        &PathInputs {
            anchors: &trust.material.anchors,
            intermediates: &intermediates,
            crls: &trust.material.crls,
            ocsps: &trust.material.ocsps,
            at: trust.at,
            revocation: trust.revocation,
            purpose: match args.purpose {
                Use::Signing => Purpose::Signing,
                Use::Timestamping => Purpose::TimeStamping,
                Use::Any => Purpose::Any,
            },
            policies: PolicyInputs {
                policies: args.policy.iter().cloned().collect(),
                explicit: args.explicit_policy,
                inhibit_mapping: args.inhibit_policy_mapping,
                inhibit_any: args.inhibit_any_policy,
            },
            algorithms: &AlgorithmPolicy::default(),
            limits: Limits::in_force(),
        },
    );
    print(args, &report)?;
    Ok(if report.is_good() { 0 } else { 2 })
}

fn print(args: &Args, report: &PathReport) -> Result<()> {
    if args.json {
        let problems = report.problems.iter();
        let problems =
            problems.map(|p| Reason { kind: p.kind.name(), certificate: &p.certificate, message: &p.message });
        return output::json(&Answer {
            certificate: args.certificate.display().to_string(),
            good: report.is_good(),
            path: report.path.iter().map(Shown::from).collect(),
            problems: problems.collect(),
            warnings: &report.warnings,
        });
    }
    let paint = Paint::stdout();
    let verdict = if report.is_good() { paint.green("good") } else { paint.red("not good") };
    let mut text = format!("{}: {verdict}\n", args.certificate.display());
    for (index, certificate) in report.path.iter().enumerate() {
        let indent = "  ".repeat(index.saturating_add(1));
        let until = paint.dim(&format!("until {}", certificate.not_after().date()));
        let _ = writeln!(text, "{indent}{} {until}", certificate.subject());
    }
    for problem in &report.problems {
        let _ = writeln!(text, "  {} {}", paint.red(problem.kind.name()), problem.message);
    }
    for warning in &report.warnings {
        let _ = writeln!(text, "  {} {warning}", paint.yellow("warning"));
    }
    output::text(&text)
}

//! What a building block found, constraint by constraint (ETSI EN 319 102-1 clause 5.1.4): for who wants to see why a verdict
//! is as it is.

use super::finding::Finding;
use crate::indication::{Indication, Problem};
use serde::Serialize;

/// The outcome of one building block or process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Block {
    /// Its name in the standard.
    pub block: &'static str,
    /// Its clause.
    pub clause: &'static str,
    /// What it is about, if not the signature itself: a time-stamp.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub about: Option<String>,
    /// PASSED, INDETERMINATE or FAILED.
    pub indication: &'static str,
    /// The main reason.
    pub sub_indication: Option<&'static str>,
    /// What was checked.
    pub constraints: Vec<Constraint>,
}

/// One thing that was checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Constraint {
    /// What has to be so.
    pub constraint: &'static str,
    /// Whether it is.
    pub status: Status,
    /// The facts.
    pub message: Option<String>,
}

/// The status of a constraint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Status {
    /// It is met.
    #[serde(rename = "OK")]
    Ok,
    /// It is not met.
    #[serde(rename = "NOT OK")]
    NotOk,
    /// It is not met, which does not decide.
    #[serde(rename = "WARNING")]
    Warning,
    /// It was not looked at.
    #[serde(rename = "IGNORED")]
    Ignored,
}

impl Block {
    /// A block that nothing is said of yet.
    pub const fn new(block: &'static str, clause: &'static str) -> Self {
        Self { block, clause, about: None, indication: "PASSED", sub_indication: None, constraints: Vec::new() }
    }

    /// The same about a time-stamp.
    pub fn about(mut self, what: impl Into<String>) -> Self {
        self.about = Some(what.into());
        self
    }

    fn add(&mut self, constraint: &'static str, status: Status, message: Option<String>) {
        self.constraints.push(Constraint { constraint, status, message });
    }

    /// A constraint is met.
    pub fn ok(&mut self, constraint: &'static str) {
        self.add(constraint, Status::Ok, None);
    }

    /// A constraint is met; the facts.
    pub fn told(&mut self, constraint: &'static str, message: impl Into<String>) {
        self.add(constraint, Status::Ok, Some(message.into()));
    }

    /// A constraint was not looked at.
    pub fn ignored(&mut self, constraint: &'static str, message: impl Into<String>) {
        self.add(constraint, Status::Ignored, Some(message.into()));
    }

    /// A constraint is not met, which does not decide.
    pub fn warn(&mut self, constraint: &'static str, message: impl Into<String>) {
        self.add(constraint, Status::Warning, Some(message.into()));
    }

    /// A constraint is not met.
    pub fn not_ok(&mut self, constraint: &'static str, problem: &Problem) {
        self.add(constraint, Status::NotOk, Some(problem.message.clone()));
        let indication = problem.sub_indication.indication();
        if self.sub_indication.is_none() || (indication == Indication::Failed && self.indication != "FAILED") {
            self.indication = if indication == Indication::Failed { "FAILED" } else { "INDETERMINATE" };
            self.sub_indication = Some(problem.sub_indication.as_str());
        }
    }

    /// A constraint, with what is wrong: it is met if there is nothing.
    pub fn check<'p>(&mut self, constraint: &'static str, problems: impl IntoIterator<Item = &'p Problem>) {
        let mut met = true;
        for problem in problems {
            self.not_ok(constraint, problem);
            met = false;
        }
        if met {
            self.ok(constraint);
        }
    }

    /// The same of findings.
    pub fn check_findings(&mut self, constraint: &'static str, findings: &[Finding]) {
        self.check(constraint, findings.iter().map(|f| &f.problem));
    }
}

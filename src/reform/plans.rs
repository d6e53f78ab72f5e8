//! What is to become of units on a day to come: planned by an administrator, withdrawn, or done when its day has come in Vietnam. Each is an entry
//! of the log, which names the plan; a plan that was withdrawn or done and is put back into the database ends no unit.

use crate::audit::entry::{Action, Entry};
use crate::audit::row;
use crate::data_folder::DataFolder;
use crate::error::{Error, Kind, Result};
use crate::people::not_found;
use crate::people::units::{self, Became};
use crate::people::users::Administrator;
use crate::store::Transaction;
use crate::store::people::{PlanRow, PlanState};
use time::Duration;

/// How soon a plan is tried again that could not be done.
const AGAIN: Duration = Duration::HOUR;

/// What a plan is about.
pub(super) struct Change<'a> {
    pub became: &'a Became<'a>,
    pub units: Vec<String>,
    pub successor: Option<&'a str>,
    pub name: Option<&'a str>,
}

/// Keeps a plan.
pub(super) async fn make(folder: &DataFolder, change: Change<'_>, by: &Administrator) -> Result<PlanRow> {
    let plan = PlanRow {
        id: hex::encode(folder.random::<8>()?),
        kind: change.became.kind().to_owned(),
        units: change.units,
        successor: change.successor.map(str::to_owned),
        name: change.name.map(str::to_owned),
        day: change.became.day,
        basis: change.became.basis.to_owned(),
        actor: by.actor.clone(),
        care: by.unit.clone(),
        planned: folder.now(),
        state: PlanState::Planned,
        tried: None,
        sealed: Vec::new(),
    };
    let mut tx = folder.store.write().await?;
    let plan = keep(folder, &mut *tx, plan, Action::UnitPlanned, &by.actor).await?;
    tx.commit().await?;
    Ok(plan)
}

/// The plans of units that the administrator cares for, by their days.
pub async fn list(folder: &DataFolder, by: &Administrator) -> Result<Vec<PlanRow>> {
    let mut tx = folder.store.read().await?;
    let mut all = tx.unit_plans().await?;
    if let Some(own) = by.units(&mut *tx).await? {
        all.retain(|plan| plan.units.iter().all(|unit| own.contains(unit)));
    }
    Ok(all)
}

/// Withdraws a plan that waits for its day.
pub async fn withdraw(folder: &DataFolder, id: &str, by: &Administrator) -> Result<PlanRow> {
    let mut tx = folder.store.write().await?;
    let plan = tx.unit_plan(id).await?.ok_or_else(|| not_found("plan", id))?;
    for unit in &plan.units {
        by.cares_for(&mut *tx, unit, "plan", id).await?;
        units::is_below(&mut *tx, unit, by).await?;
    }
    waits(folder, &mut *tx, &plan).await?;
    let plan = PlanRow { state: PlanState::Withdrawn, ..plan };
    let plan = keep(folder, &mut *tx, plan, Action::UnitPlanWithdrawn, &by.actor).await?;
    tx.commit().await?;
    Ok(plan)
}

/// Does what is planned for a day that has come. What cannot be done goes on waiting, with the reason, for an administrator, and is tried again
/// later.
pub async fn carry_out(folder: &DataFolder) -> Result<()> {
    let (today, now) = (folder.today(), folder.now());
    let due = folder.store.read().await?.unit_plans_due(today).await?;
    for plan in due {
        if plan.tried.as_ref().is_some_and(|(tried, _)| now - *tried < AGAIN) {
            continue;
        }
        let PlanRow { id, day, kind, .. } = &plan;
        match one(folder, id).await {
            Ok(()) => tracing::info!("the plan {id} of {day} was carried out: units are {kind}"),
            Err(error) => {
                tracing::error!("the plan {id} of {day} cannot be carried out: {error}");
                let mut tx = folder.store.write().await?;
                tx.put_plan_failure(id, now, &error.to_string()).await?;
                tx.commit().await?;
            }
        }
    }
    Ok(())
}

/// Does what is planned, unless another process was faster.
async fn one(folder: &DataFolder, id: &str) -> Result<()> {
    let mut tx = folder.store.write().await?;
    let Some(plan) = tx.unit_plan(id).await?.filter(|plan| plan.state == PlanState::Planned) else { return Ok(()) };
    waits(folder, &mut *tx, &plan).await?;
    let by = Administrator { actor: plan.actor.clone(), unit: plan.care.clone() };
    let became = Became::new(folder, action(&plan), Some(plan.day), &plan.basis)?;
    let stopped = match (&plan.name, plan.units.as_slice()) {
        (Some(name), [unit]) => {
            units::rename(folder, &mut *tx, unit, name, &became, &by).await?;
            Vec::new()
        }
        (_, units) => {
            let named = (units, plan.successor.as_deref());
            super::end_within(folder, &mut *tx, named, &became, &by).await?.keys_stopped
        }
    };
    let plan = PlanRow { state: PlanState::Done, ..plan };
    keep(folder, &mut *tx, plan, Action::UnitPlanDone, &by.actor).await?;
    tx.commit().await?;
    for key in &stopped {
        folder.keys.forget(key);
    }
    Ok(())
}

fn action(plan: &PlanRow) -> Action {
    match plan.kind.as_str() {
        "renamed" => Action::UnitRenamed,
        "merged" => Action::UnitMerged,
        _ => Action::UnitClosed,
    }
}

/// The name that it is sealed under.
fn seal_name(plan: &PlanRow) -> String {
    format!("unit_plan:{}", plan.id)
}

/// Refuses a plan that does not wait: by what its row says, by what was sealed of it, or by what the log says.
async fn waits(folder: &DataFolder, tx: &mut dyn Transaction, plan: &PlanRow) -> Result<()> {
    let refused = |kind, code, why: &str| Err(Error::new(kind, code, format!("plan {}", plan.id), why.to_owned()));
    if plan.state != PlanState::Planned {
        return refused(Kind::Conflict, "unit.plan", "it was done or withdrawn already");
    }
    let said = row::plan(plan)?;
    let is_sealed = folder.master.open(&seal_name(plan), &plan.sealed).is_ok_and(|opened| *opened == said.as_bytes());
    // the entry that it was planned, and none behind it
    if !is_sealed || tx.log_entries_of_receipt(&plan.id).await?.len() != 1 {
        return refused(Kind::BadInput, "store.damaged", "it is not what was planned, or the log says that it is over");
    }
    Ok(())
}

/// Keeps how a plan stands, sealed, and logs it.
async fn keep(
    folder: &DataFolder,
    tx: &mut dyn Transaction,
    plan: PlanRow,
    action: Action,
    actor: &str,
) -> Result<PlanRow> {
    let said = row::plan(&plan)?;
    let plan = PlanRow { sealed: folder.master.seal(&seal_name(&plan), said.as_bytes(), &*folder.random)?, ..plan };
    tx.put_unit_plan(&plan).await?;
    let entry = Entry::new(action, folder.now())?.about(&plan.id).by(folder.log.pseudonym(actor)).on_row(said);
    let entry = Entry { unit: plan.units.first().cloned(), related: plan.successor.clone(), ..entry };
    folder.log.append_one(tx, entry).await?;
    Ok(plan)
}

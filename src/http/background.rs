//! What a service does beside answering: it shows the log to its witnesses, sends what is on its way, raises the level of what was issued while
//! TSA or CA could not be reached, signs the reports of days that are over, does what is planned to become of units on its day, and locks the keys of shifts that are over. What is being sent or signed when the service stops comes to its end.

use super::house::House;
use crate::data_folder::VIETNAM;
use crate::people::keys::shift;
use crate::receipts::issue::Counter;
use crate::reform::plans;
use crate::registry::levels;
use crate::reports::filing;
use crate::store::outgoing::OutgoingState;
use std::sync::Arc;
use std::time::Duration;
use time::{OffsetDateTime, Time};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

/// How soon the log's witnesses see what is new.
const WITNESSING: Duration = Duration::from_secs(2);
/// How soon what is due is sent.
const SENDING: Duration = Duration::from_secs(5);
/// How soon a report is tried again that could not be signed.
const AGAIN: Duration = Duration::from_mins(10);
/// How often it is seen to that days that are over have their reports, besides at midnight.
const FILING: Duration = Duration::from_hours(1);
/// How often it is seen to what is planned of units, besides at midnight.
const PLANNED: Duration = Duration::from_mins(10);
/// How soon keys are locked whose shift has ended, or that were stopped.
const LOCKING: Duration = Duration::from_secs(1);
/// Who signs these reports and ends shifts, as the log's pseudonym has it.
const ACTOR: &str = "service";

/// Begins all of it.
pub(super) fn start(house: &Arc<House>, stopped: &watch::Receiver<()>) -> JoinSet<()> {
    let mut jobs = JoinSet::new();
    let (witnessed, mut stop) = (Arc::clone(house), stopped.clone());
    jobs.spawn(async move {
        // what a witness has not answered is asked again another time
        tokio::select! {
            () = show_to_witnesses(witnessed) => {}
            _ = stop.changed() => {}
        }
    });
    jobs.spawn(send(Arc::clone(house), stopped.clone()));
    jobs.spawn(raise_levels(Arc::clone(house), stopped.clone()));
    jobs.spawn(file_reports(Arc::clone(house), stopped.clone()));
    jobs.spawn(lock_keys(Arc::clone(house), stopped.clone()));
    jobs.spawn(carry_out_plans(Arc::clone(house), stopped.clone()));
    jobs
}

/// Waits; whether the service goes on.
async fn goes_on(stopped: &mut watch::Receiver<()>, pause: Duration) -> bool {
    timeout(pause, stopped.changed()).await.is_err()
}

/// Shows the log to its witnesses again and again: what was logged within a transaction is cosigned soon after.
async fn show_to_witnesses(house: Arc<House>) {
    let Some(witnesses) = house.folder.log.witnesses() else { return };
    loop {
        if let Err(error) = witnesses.show(&house.folder.log).await {
            tracing::error!("the log's witnesses: {error}");
        }
        sleep(WITNESSING).await;
    }
}

/// Sends what is due.
async fn send(house: Arc<House>, mut stopped: watch::Receiver<()>) {
    if house.senders.is_empty() {
        return;
    }
    loop {
        let pause = match house.senders.send_next(&house.folder).await {
            Ok(Some(row)) => {
                let (kind, item, why) = (row.kind.as_str(), row.item, row.failure.unwrap_or_default());
                match row.state {
                    OutgoingState::Sent => tracing::info!("{kind} {item} was sent"),
                    OutgoingState::Queued => tracing::warn!("{kind} {item} could not be sent yet: {why}"),
                    OutgoingState::Failed => tracing::error!("{kind} {item} is not sent any more: {why}"),
                }
                Duration::ZERO
            }
            Ok(None) => SENDING,
            Err(error) => {
                tracing::error!("what is on its way: {error}");
                SENDING
            }
        };
        if !goes_on(&mut stopped, pause).await {
            return;
        }
    }
}

/// Raises the level of official documents that were issued below it.
async fn raise_levels(house: Arc<House>, mut stopped: watch::Receiver<()>) {
    loop {
        let raised = house
            .work_with_services(async |house, services| {
                let raised = levels::raise_next(&house.folder, services, &house.telling, house.registry_level).await;
                Ok(raised.map_err(|error| tracing::error!("the level of official documents: {error}")))
            })
            .await;
        let pause = match raised {
            Ok(Ok(Some(row))) => {
                if let Some(why) = &row.failure {
                    tracing::warn!("official document {} is not raised yet: {why}", row.item);
                }
                Duration::ZERO
            }
            _ => SENDING,
        };
        if !goes_on(&mut stopped, pause).await {
            return;
        }
    }
}

/// Locks keys: what their keepers have opened is zeroed when the shift is over.
async fn lock_keys(house: Arc<House>, mut stopped: watch::Receiver<()>) {
    while goes_on(&mut stopped, LOCKING).await {
        if let Err(error) = shift::end(&house.folder, ACTOR).await {
            tracing::error!("the end of a shift: {error}");
        }
    }
}

/// Does what is planned to become of units, when its day has come.
async fn carry_out_plans(house: Arc<House>, mut stopped: watch::Receiver<()>) {
    loop {
        if let Err(error) = plans::carry_out(&house.folder).await {
            tracing::error!("what is planned of units: {error}");
        }
        if !goes_on(&mut stopped, PLANNED.min(until_midnight(house.folder.now()))).await {
            return;
        }
    }
}

/// Signs the reports of days that are over.
async fn file_reports(house: Arc<House>, mut stopped: watch::Receiver<()>) {
    if !house.files_daily {
        return;
    }
    loop {
        let filed = house
            .work(async |house| {
                let trust = house.trust()?;
                let counter = Counter {
                    folder: &house.folder,
                    public_url: &house.public_url,
                    unit: None,
                    actor: ACTOR,
                    trust: &trust,
                    prices: house.prices,
                    mails: house.sends_mail,
                };
                Ok(filing::file_ended(&counter).await.map_err(|error| tracing::error!("daily reports: {error}")))
            })
            .await;
        let pause = match filed {
            Ok(Ok(failed)) if failed.is_empty() => FILING.min(until_midnight(house.folder.now())),
            Ok(Ok(failed)) => {
                for one in failed {
                    tracing::error!("the daily report of {}, {} could not be signed: {}", one.unit, one.day, one.why);
                }
                AGAIN
            }
            _ => AGAIN,
        };
        if !goes_on(&mut stopped, pause).await {
            return;
        }
    }
}

/// How long the day still lasts in Vietnam.
fn until_midnight(now: OffsetDateTime) -> Duration {
    let now = now.to_offset(VIETNAM);
    let tomorrow = now.date().next_day().unwrap_or(now.date()).with_time(Time::MIDNIGHT).assume_offset(VIETNAM);
    Duration::try_from(tomorrow - now).unwrap_or_default()
}

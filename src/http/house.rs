//! What all requests share.

use super::csc::Later;
use super::health::Metrics;
use super::pages::{Acts, Pictures};
use super::problem::Problem;
use crate::config::{Config, Setting};
use crate::data_folder::DataFolder;
use crate::documents::hashes::Terms;
use crate::documents::services::{Outside, Services};
use crate::error::{Error, Kind, Result};
use crate::pades::Level;
use crate::people::users::oidc::Provider;
use crate::people::users::sessions;
use crate::pki::material::TrustMaterial;
use crate::receipts::fees::Prices;
use crate::receipts::press::{Press, TOGETHER};
use crate::registry::notices::Telling;
use crate::reports::auditing::Checks;
use crate::reports::sending::Senders;
use crate::tlog::VerifierKey;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::runtime::Handle;
use tokio::sync::Semaphore;

/// How old trust anchors and revocation lists in memory may be: a list that was put into its folder counts from then on.
const TRUST_AGE: Duration = Duration::from_secs(30);
/// Pieces of heavy work at a time, for each processor.
const HEAVY_PER_PROCESSOR: usize = 2;

/// The data folder, open, and how it is served.
pub struct House {
    /// The data folder.
    pub folder: DataFolder,
    /// Address that people reach the service by.
    pub public_url: String,
    /// Bytes of the largest document.
    pub most_pdf_bytes: u64,
    /// Bytes of the largest other body.
    pub most_body_bytes: u64,
    /// How long one request may take.
    pub request_time: Duration,
    /// How long requests may go on after the signal to stop.
    pub shutdown_time: Duration,
    /// How long sessions last.
    pub session_terms: sessions::Terms,
    /// The provider of identities that people may sign in at.
    pub oidc: Option<Provider>,
    /// What other programs are authorised to have signed at most.
    pub hash_terms: Terms,
    /// What other programs fetch later.
    pub later: Later,
    /// The TSAs and CAs that are asked, and what was learnt from them.
    pub outside: Outside,
    /// Whether the fee catalogue's prices bind.
    pub prices: Prices,
    /// Where receipts are made, for all counters.
    pub press: Press,
    /// Who takes what is on its way.
    pub senders: Senders,
    /// What others are told of official documents with.
    pub telling: Telling,
    /// The level that official documents are raised to when they are issued.
    pub registry_level: Level,
    /// Whether payers get letters.
    pub sends_mail: bool,
    /// Whether daily reports are signed when their day is over.
    pub files_daily: bool,
    /// Other units' logs that are watched here.
    pub watched_logs: Vec<VerifierKey>,
    /// What is counted.
    pub metrics: Metrics,
    /// What pages' forms had done lately.
    pub acts: Acts,
    /// Pages of documents as they were drawn lately.
    pub pictures: Pictures,
    /// The settings, as they are shown.
    pub settings: Vec<Setting>,
    /// What came of checks of the log, and the one that is going on.
    pub checks: Checks,
    /// Who makes a bundle of the log: one at a time.
    pub exports: Arc<Semaphore>,
    /// One permit for each request that may be worked on.
    pub turns: Semaphore,
    /// Those of them that who has no token may take: the rest is there for the officers, whatever strangers do.
    pub public_turns: Semaphore,
    most_requests: usize,
    heavy: Arc<Semaphore>,
    public_heavy: Arc<Semaphore>,
    counters: Arc<Semaphore>,
    trust_paths: Vec<PathBuf>,
    trust: Mutex<Option<(Instant, Arc<TrustMaterial>)>>,
}

impl std::fmt::Debug for House {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("House").field("folder", &self.folder).finish_non_exhaustive()
    }
}

impl House {
    /// The data folder as the settings say it is served.
    pub fn new(folder: DataFolder, config: &Config) -> Result<Self> {
        let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let requests = usize::try_from(config.serve_max_requests).unwrap_or(usize::MAX).min(Semaphore::MAX_PERMITS);
        Ok(Self {
            folder,
            public_url: config.public_url(),
            most_pdf_bytes: config.serve_max_pdf_bytes,
            most_body_bytes: config.serve_max_body_bytes,
            request_time: Duration::from_secs(config.serve_request_seconds),
            shutdown_time: Duration::from_secs(config.serve_shutdown_seconds),
            session_terms: config.session_terms(),
            oidc: config.oidc()?,
            hash_terms: config.hash_terms(),
            later: Later::default(),
            outside: config.outside(&[])?,
            prices: config.receipts_prices,
            press: Press::default(),
            senders: config.senders()?,
            telling: config.telling(),
            registry_level: config.registry_level,
            sends_mail: config.sends_mail(),
            files_daily: config.receipts_daily_report,
            watched_logs: config.audit_watched_logs.clone(),
            metrics: Metrics::default(),
            settings: config.settings(),
            checks: Checks::default(),
            exports: Arc::new(Semaphore::new(1)),
            acts: Acts::default(),
            pictures: Pictures::default(),
            turns: Semaphore::new(requests),
            public_turns: Semaphore::new(requests.div_ceil(2)),
            most_requests: requests,
            heavy: Arc::new(Semaphore::new(processors.saturating_mul(HEAVY_PER_PROCESSOR))),
            public_heavy: Arc::new(Semaphore::new(processors)),
            counters: Arc::new(Semaphore::new(TOGETHER.saturating_mul(2))),
            trust_paths: config.trust.clone(),
            trust: Mutex::default(),
        })
    }

    /// Requests that are worked on now.
    pub fn busy(&self) -> usize {
        self.most_requests.saturating_sub(self.turns.available_permits())
    }

    /// Trust anchors, certificates and revocation lists, as they were a few seconds ago at most.
    pub fn trust(&self) -> Result<Arc<TrustMaterial>> {
        let mut kept = self.trust.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((since, trust)) = &*kept
            && since.elapsed() < TRUST_AGE
        {
            return Ok(Arc::clone(trust));
        }
        let trust = Arc::new(TrustMaterial::load(&self.trust_paths, &self.folder.path).map_err(|error| {
            // whoever asked can do nothing about it
            Error::new(Kind::Unavailable, "trust.unreadable", "trust anchors and revocation lists", error)
        })?);
        *kept = Some((Instant::now(), Arc::clone(&trust)));
        Ok(trust)
    }

    /// Does heavy work (reading, hashing, drawing, signing) on a thread of its own, a few pieces at a time, so that other
    /// requests go on. What was begun comes to its end, whether or not who asked still waits: a signature that is in
    /// the log gets its file.
    pub async fn work<T, F>(self: &Arc<Self>, job: F) -> std::result::Result<T, Problem>
    where
        F: AsyncFnOnce(&Self) -> Result<T> + Send + 'static,
        T: Send + 'static,
    {
        self.work_within(&self.heavy, job).await
    }

    /// The same for who has no token: in places of their own, so that officers do not wait for strangers.
    pub async fn work_for_public<T, F>(self: &Arc<Self>, job: F) -> std::result::Result<T, Problem>
    where
        F: AsyncFnOnce(&Self) -> Result<T> + Send + 'static,
        T: Send + 'static,
    {
        self.work_within(&self.public_heavy, job).await
    }

    /// The same for counters, which mostly wait for the one that makes the receipts of all: as many places as fill the next batch
    /// while one is being made.
    pub async fn work_at_counter<T, F>(self: &Arc<Self>, job: F) -> std::result::Result<T, Problem>
    where
        F: AsyncFnOnce(&Self) -> Result<T> + Send + 'static,
        T: Send + 'static,
    {
        self.work_within(&self.counters, job).await
    }

    /// The same as [`work`](Self::work) for what asks TSAs and CAs, and needs to know what is trusted.
    pub async fn work_with_services<T, F>(self: &Arc<Self>, job: F) -> std::result::Result<T, Problem>
    where
        F: AsyncFnOnce(&Self, &Services<'_>) -> Result<T> + Send + 'static,
        T: Send + 'static,
    {
        self.work(async move |house| {
            let trust = house.trust()?;
            let services = Services::new(&house.folder, &trust, &[], &house.outside).await?;
            job(house, &services).await
        })
        .await
    }

    async fn work_within<T, F>(self: &Arc<Self>, places: &Arc<Semaphore>, job: F) -> std::result::Result<T, Problem>
    where
        F: AsyncFnOnce(&Self) -> Result<T> + Send + 'static,
        T: Send + 'static,
    {
        let stopped = |why: String| Error::new(Kind::Bug, "work.stopped", "the work", why);
        let permit = Arc::clone(places).acquire_owned().await.map_err(|error| stopped(error.to_string()))?;
        let (house, runtime) = (Arc::clone(self), Handle::current());
        let done = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            runtime.block_on(job(&house))
        });
        Ok(done.await.map_err(|error| stopped(error.to_string()))??)
    }
}

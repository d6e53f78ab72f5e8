//! A store and files that say before each step what is about to be done, and let it be refused: what crashes and full disks are made
//! of. A crash is a copy of the data folder as it is at that moment, which is what a process leaves that is killed there.

use async_trait::async_trait;
use dauson::audit::Log;
use dauson::data_folder::DataFolder;
use dauson::output::OutputFile;
use dauson::store::accounts::*;
use dauson::store::activations::*;
use dauson::store::authority::*;
use dauson::store::blobs::Blobs;
use dauson::store::control::{AskedRow, ControlTable, KeyControl, KeyRequestRow};
use dauson::store::deferred::{DeferredRow, DeferredTable};
use dauson::store::documents::*;
use dauson::store::fees::*;
use dauson::store::figures::*;
use dauson::store::legacy::*;
use dauson::store::log::*;
use dauson::store::outgoing::*;
use dauson::store::people::*;
use dauson::store::receipts::*;
use dauson::store::registry::*;
use dauson::store::users::*;
use dauson::store::{Oddity, Sha256, Store, StoreError, Transaction};
use dauson::tlog::Hash;
use std::fs::File;
use std::sync::Arc;
use time::{Date, OffsetDateTime};

/// Is told the name of each step before it is done, and may refuse it.
pub type Before = Arc<dyn Fn(&'static str) -> Result<(), StoreError> + Send + Sync>;

/// The same folder, whose steps are told.
pub async fn watched(folder: DataFolder, before: Before) -> DataFolder {
    let mut folder = folder;
    folder.store = Arc::new(Watched { inner: folder.store, before: Arc::clone(&before) });
    folder.blobs = Arc::new(Watched { inner: folder.blobs, before });
    folder.log = Log::open(&folder.store, &folder.master, &*folder.random).await.unwrap();
    folder
}

struct Watched<T> {
    inner: T,
    before: Before,
}

#[async_trait]
impl Store for Watched<Arc<dyn Store>> {
    async fn write(&self) -> Result<Box<dyn Transaction>, StoreError> {
        (self.before)("write")?;
        Ok(Box::new(Watched { inner: self.inner.write().await?, before: Arc::clone(&self.before) }))
    }

    async fn read(&self) -> Result<Box<dyn Transaction>, StoreError> {
        (self.before)("read")?;
        Ok(Box::new(Watched { inner: self.inner.read().await?, before: Arc::clone(&self.before) }))
    }

    async fn forget_overwritten(&self) -> Result<(), StoreError> {
        (self.before)("forget_overwritten")?;
        self.inner.forget_overwritten().await
    }

    async fn close(&self) {
        self.inner.close().await;
    }
}

#[async_trait]
impl Blobs for Watched<Arc<dyn Blobs>> {
    async fn start(&self) -> Result<OutputFile, StoreError> {
        (self.before)("start")?;
        self.inner.start().await
    }

    async fn keep(&self, file: OutputFile, sha256: &Sha256) -> Result<(), StoreError> {
        (self.before)("keep")?;
        self.inner.keep(file, sha256).await
    }

    async fn open(&self, sha256: &Sha256) -> Result<Option<File>, StoreError> {
        (self.before)("open")?;
        self.inner.open(sha256).await
    }

    async fn wait(&self, files: &[(&Sha256, &[u8])]) -> Result<(), StoreError> {
        (self.before)("wait")?;
        self.inner.wait(files).await
    }

    async fn waiting(&self) -> Result<Vec<Sha256>, StoreError> {
        (self.before)("waiting")?;
        self.inner.waiting().await
    }

    async fn settle(&self, sha256: &Sha256) -> Result<(), StoreError> {
        (self.before)("settle")?;
        self.inner.settle(sha256).await
    }

    async fn discard(&self, sha256: &Sha256) -> Result<(), StoreError> {
        (self.before)("discard")?;
        self.inner.discard(sha256).await
    }
}

#[async_trait]
impl Transaction for Watched<Box<dyn Transaction>> {
    async fn leads_to(&mut self, sha256: &Sha256) -> Result<bool, StoreError> {
        (self.before)("leads_to")?;
        self.inner.leads_to(sha256).await
    }

    async fn oddities(&mut self) -> Result<Vec<Oddity>, StoreError> {
        (self.before)("oddities")?;
        self.inner.oddities().await
    }

    async fn commit(self: Box<Self>) -> Result<(), StoreError> {
        (self.before)("commit")?;
        self.inner.commit().await
    }
}

macro_rules! forward {
    ($($table:ident { $($name:ident($($argument:ident: $type:ty),*) -> $out:ty;)* })*) => {$(
        #[async_trait]
        impl $table for Watched<Box<dyn Transaction>> {
            $(async fn $name(&mut self, $($argument: $type),*) -> Result<$out, StoreError> {
                (self.before)(stringify!($name))?;
                self.inner.$name($($argument),*).await
            })*
        }
    )*};
}

forward! {
    FigureTable {
        figures(units: &[&str], from: Date, to: Date) -> Vec<FigureRow>;
        figures_by_month(units: &[&str], from: Date, to: Date) -> Vec<FigureRow>;
        miscounted(most: u32) -> Vec<String>;
        handed(unit: &str, period: &str, name: &str) -> Option<HandedRow>;
        all_handed(only_targets: bool) -> Vec<HandedRow>;
        put_handed(row: &HandedRow) -> ();
    }

    UserTable {
        user_by_login(login: &str) -> Option<UserRow>;
        user(id: &str) -> Option<UserRow>;
        user_by_invitation(hash: &Sha256) -> Option<UserRow>;
        users() -> Vec<UserRow>;
        put_user(user: &UserRow) -> ();
        office(id: &str) -> Option<OfficeRow>;
        offices(user: Option<&str>) -> Vec<OfficeRow>;
        put_office(office: &OfficeRow) -> ();
        session(hash: &Sha256) -> Option<SessionRow>;
        sessions(user: &str) -> Vec<SessionRow>;
        put_session(session: &SessionRow) -> ();
        end_session(id: &str) -> bool;
        forget_sessions(before: OffsetDateTime) -> ();
        passkey_by_credential(credential: &[u8]) -> Option<PasskeyRow>;
        passkeys(user: Option<&str>) -> Vec<PasskeyRow>;
        put_passkey(passkey: &PasskeyRow) -> ();
        identity_of(issuer: &str, subject: &str) -> Option<IdentityRow>;
        identities(user: Option<&str>) -> Vec<IdentityRow>;
        put_identity(identity: &IdentityRow) -> ();
        spend(hash: &Sha256, until: OffsetDateTime, now: OffsetDateTime) -> bool;
    }
    LogTable {
        log_head() -> Option<LogHead>;
        move_log_head(from: Option<u64>, to: &LogHead) -> bool;
        log_tile(level: u8, index: u64) -> Vec<Hash>;
        put_log_tile(level: u8, index: u64, hashes: &[Hash]) -> ();
        put_log_entries(first: u64, rows: &[LogRow]) -> ();
        log_entries(first: u64, most: u32) -> Vec<(u64, LogRow)>;
        log_entries_of_signature(signature: &Hash) -> Vec<u64>;
        log_entries_of_receipt(receipt: &str) -> Vec<u64>;
        log_cosigned() -> Option<(u64, String)>;
        put_log_cosigned(size: u64, checkpoint: &str) -> ();
        log_witness(name: &str) -> u64;
        put_log_witness(name: &str, size: u64) -> ();
        witnessed_log(origin: &str) -> Option<WitnessedRow>;
        put_witnessed_log(row: &WitnessedRow) -> ();
        witnessed_logs() -> Vec<WitnessedRow>;
        misindexed(before: u64, most: u32) -> Vec<u64>;
        log_retired_keys() -> Vec<String>;
        put_log_retired_key(vkey: &str) -> ();
    }
    PeopleTable {
        secret(name: &str) -> Option<Vec<u8>>;
        put_secret(name: &str, sealed: &[u8]) -> ();
        remove_secret(name: &str) -> ();
        unit(id: &str) -> Option<UnitRow>;
        units() -> Vec<UnitRow>;
        put_unit(unit: &UnitRow) -> ();
        unit_events(unit: &str) -> Vec<UnitEventRow>;
        put_unit_event(unit: &str, event: &UnitEventRow) -> ();
        unit_line(unit: &str) -> Vec<LineRow>;
        unit_plan(id: &str) -> Option<PlanRow>;
        unit_plans() -> Vec<PlanRow>;
        unit_plans_due(day: Date) -> Vec<PlanRow>;
        put_unit_plan(plan: &PlanRow) -> ();
        put_plan_failure(id: &str, tried: OffsetDateTime, failure: &str) -> ();
        logo(unit: &str) -> Option<Sha256>;
        put_logo(unit: &str, logo: Option<&Sha256>) -> ();
        signing_key(id: &str) -> Option<KeyRow>;
        signing_keys() -> Vec<KeyRow>;
        put_signing_key(key: &KeyRow) -> ();
        token_by_hash(hash: &Sha256) -> Option<TokenRow>;
        token(id: &str) -> Option<TokenRow>;
        tokens() -> Vec<TokenRow>;
        has_role(unit: &str, role: &str, at: OffsetDateTime) -> bool;
        put_token(token: &TokenRow) -> ();
        move_token(id: &str, unit: &str) -> ();
        revoke_token(id: &str, at: OffsetDateTime) -> bool;
    }
    ControlTable {
        key_control(key: &str) -> Option<KeyControl>;
        key_controls_of(certificate: &Sha256) -> Vec<KeyControl>;
        put_key_control(control: &KeyControl) -> ();
        reseal_signing_key(key: &str, sealed: &[u8]) -> ();
        terms_asked(key: &str) -> Option<AskedRow>;
        put_terms_asked(asked: &AskedRow) -> ();
        remove_terms_asked(key: &str) -> ();
        key_request(id: &str) -> Option<KeyRequestRow>;
        key_requests() -> Vec<KeyRequestRow>;
        put_key_request(request: &KeyRequestRow) -> ();
        remove_key_request(id: &str) -> ();
    }
    DocumentTable {
        put_document(document: &DocumentRow) -> ();
        document(id: &str) -> Option<DocumentRow>;
        documents(unit: &str, after: Option<(OffsetDateTime, &str)>, most: u32) -> Vec<DocumentRow>;
        put_version(document: &str, version: &VersionRow) -> bool;
        versions(after: Option<(&str, u32)>, most: u32) -> Vec<(String, VersionRow)>;
        kept_versions() -> u64;
    }
    DeferredTable {
        put_deferred(row: &DeferredRow) -> ();
        deferred(id: &str) -> Option<DeferredRow>;
        log_deferred(id: &str, entry: u64, signature: &Sha256) -> bool;
        finish_deferred(id: &str, at: OffsetDateTime) -> ();
        forget_deferred(before: OffsetDateTime) -> ();
    }
    ActivationTable {
        put_activation(row: &ActivationRow) -> ();
        activation(sad: &Sha256) -> Option<ActivationRow>;
        move_activation(row: &ActivationRow, from: ActivationState) -> bool;
        forget_activations_of(signing_key: &str) -> ();
        forget_activations(before: OffsetDateTime) -> ();
    }
    ReceiptTable {
        put_series(series: &SeriesRow) -> ();
        series(form: &str, symbol: &str) -> Option<SeriesRow>;
        all_series(unit: Option<&str>) -> Vec<SeriesRow>;
        update_series(series: &SeriesRow) -> ();
        put_range(range: &RangeRow) -> ();
        ranges(form: &str, symbol: &str) -> Vec<RangeRow>;
        ranges_of(delegate: &str) -> Vec<RangeRow>;
        update_range(range: &RangeRow) -> ();
        put_receipt(receipt: &ReceiptRow) -> ();
        receipt(form: &str, symbol: &str, number: u32) -> Option<ReceiptRow>;
        receipt_by_code(code: &str) -> Option<ReceiptRow>;
        receipt_by_file(sha256: &Sha256) -> Option<ReceiptRow>;
        receipt_by_idempotency_key(key: &str) -> Option<ReceiptRow>;
        receipt_by_payment(unit: &str, payment: &str) -> Option<ReceiptRow>;
        receipts(filter: &ReceiptFilter, most: u32) -> Vec<ReceiptRow>;
        receipt_totals(unit: &str, from: Option<Date>, to: Option<Date>) -> Vec<ReceiptTotal>;
        put_payer_words(receipt: &ReceiptRow, words: &[Vec<u8>]) -> ();
        has_payer_words(receipt: &ReceiptRow, words: &[Vec<u8>]) -> bool;
        receipts_without_words(most: u32) -> Vec<ReceiptRow>;
        update_receipt(receipt: &ReceiptRow) -> ();
    }
    AccountTable {
        put_collected(row: &CollectedRow) -> ();
        collected(form: &str, symbol: &str, number: u32) -> Vec<CollectedRow>;
        put_event(event: &EventRow) -> ();
        events(unit: &str, day: Date, after: i64, most: u32) -> Vec<EventRow>;
        events_of(form: &str, symbol: &str, number: u32) -> Vec<EventRow>;
        strays(most: u32) -> Vec<String>;
        actors() -> Vec<String>;
        event_counts(unit: &str, from: Option<Date>, to: Option<Date>) -> Vec<EventCount>;
        ledger(unit: &str, by: LedgerKey, which: &LedgerFilter) -> Vec<LedgerRow>;
        last_event_of(actor: &str) -> Option<i64>;
        takings(actor: &str, after: i64, last: i64) -> Vec<TakingRow>;
        last_event_on(unit: &str, day: Date) -> Option<i64>;
        event_counts_of(actor: &str, after: i64, last: i64) -> Vec<(EventKind, u64)>;
        numbers_issued_by(actor: &str, after: i64, last: i64) -> Vec<EventCount>;
        newest_filing(unit: &str, day: Date) -> Option<FilingRow>;
        filing(unit: &str, day: Date, amendment: u32) -> Option<FilingRow>;
        filings() -> Vec<FilingRow>;
        put_filing(filing: &FilingRow) -> ();
        last_shift(cashier: &str) -> Option<ShiftRow>;
        shift(id: i64) -> Option<ShiftRow>;
        shifts(unit: Option<&str>, after: i64, most: u32) -> Vec<ShiftRow>;
        newest_shifts(unit: &str, before: Option<i64>, most: u32) -> Vec<ShiftRow>;
        put_shift(shift: &ShiftRow) -> i64;
    }
    OutgoingTable {
        put_outgoing(unit: &str, kind: OutgoingKind, item: &str, now: OffsetDateTime) -> ();
        take_outgoing(kind: OutgoingKind, now: OffsetDateTime, until: OffsetDateTime) -> Option<OutgoingRow>;
        update_outgoing(row: &OutgoingRow) -> ();
        hurry_outgoing(id: Option<i64>, now: OffsetDateTime) -> ();
        outgoing(id: i64) -> Option<OutgoingRow>;
        outgoing_of(unit: &str, state: Option<OutgoingState>, before: Option<i64>, most: u32) -> Vec<OutgoingRow>;
    }
    RegistryTable {
        put_dispatch(row: &DispatchRow) -> ();
        update_dispatch(row: &DispatchRow) -> ();
        dispatch(id: &str) -> Option<DispatchRow>;
        dispatches(filter: &DispatchFilter, most: u32) -> Vec<DispatchRow>;
        all_dispatches(after: &str, most: u32) -> Vec<DispatchRow>;
        these_dispatches(ids: &[&str]) -> Vec<DispatchRow>;
        dispatches_related(ids: &[&str]) -> Vec<DispatchRow>;
        dispatches_of_file(unit: &str, book: &str, sha256: &Sha256) -> Vec<String>;
        next_number(dispatch: &DispatchRow, year: i32, series: &str) -> NumberRow;
        take_number(dispatch: &DispatchRow, year: i32, series: &str) -> NumberRow;
        number_counts() -> Vec<(String, String, NumberRow, u64)>;
        put_dispatch_file(dispatch: &str, file: &FileRow) -> ();
        dispatch_files(dispatch: &str) -> Vec<FileRow>;
        newest_files(dispatches: &[&str]) -> Vec<(String, FileRow)>;
        put_dispatch_event(dispatch: &str, event: &ActRow) -> ();
        dispatch_events(dispatch: &str) -> Vec<ActRow>;
        last_events(dispatches: &[&str]) -> Vec<(String, ActRow)>;
        put_dispatch_request(unit: &str, key: &str, sha256: &Sha256, dispatch: &str) -> bool;
        dispatch_request(unit: &str, key: &str) -> Option<(Sha256, String)>;
        put_delegation(row: &DelegationRow) -> i64;
        revoke_delegation(id: i64, at: OffsetDateTime, log_index: u64) -> bool;
        delegations(unit: Option<&str>) -> Vec<DelegationRow>;
        put_image(row: &ImageRow) -> ();
        remove_image(whose: &str, holder: &str, kind: &str) -> ();
        image(whose: &str, holder: &str, kind: &str) -> Option<ImageRow>;
        images() -> Vec<ImageRow>;
        put_message(dispatch: &str, kind: OutgoingKind, item: &str, body: &str) -> ();
        message(kind: OutgoingKind, item: &str) -> Option<String>;
        messages_of(dispatches: &[&str]) -> Vec<(String, OutgoingRow)>;
    }
    LegacyTable {
        put_legacy(receipt: &LegacyRow) -> ();
        update_legacy(receipt: &LegacyRow) -> ();
        put_legacy_file(receipt: &LegacyRow, file: &LegacyFile) -> ();
        legacies(filter: &LegacyFilter, most: u32) -> Vec<LegacyRow>;
        legacy_by_code(code: &str) -> Option<LegacyRow>;
    }
    FeeTable {
        fee_in_force(unit: &str, code: &str, day: Date) -> Option<FeeRow>;
        fees_in_force(unit: &str, day: Date) -> Vec<FeeRow>;
        has_fees(unit: &str) -> bool;
        fees_of(unit: &str) -> Vec<FeeRow>;
        put_fee(fee: &FeeRow) -> ();
    }
    AuthorityTable {
        ca(name: &str) -> Option<CaRow>;
        cas() -> Vec<CaRow>;
        put_ca(ca: &CaRow) -> ();
        issued(serial: &[u8]) -> Vec<IssuedRow>;
        revoked(ca: &str) -> Vec<IssuedRow>;
        all_issued(after: Option<(&str, &[u8])>, most: u32) -> Vec<IssuedRow>;
        put_issued(issued: &IssuedRow) -> ();
        time_stamp_counter() -> (u64, OffsetDateTime);
        put_time_stamp_counter(serial: u64, last: OffsetDateTime) -> ();
    }
}

//! A crash at each step of each act that writes to the log, and a disk that is full at each step: no fork, no released entry lost, no
//! signature without its entry, and the next act succeeds.

use crate::audit_receipts::copy;
use crate::office::{Office, UNIT, closed};
use crate::steps::{Before, watched};
use dauson::audit::entry::{Action, Entry};
use dauson::audit::rotation;
use dauson::auditor::verify::{self, Plan};
use dauson::auditor::{Checkpoint, LogKey, checkpoints_of};
use dauson::data_folder::DataFolder;
use dauson::digest::DigestAlgorithm;
use dauson::documents::handed_in::{self, HandedIn};
use dauson::documents::services::{Outside, Services, UnknownStatus};
use dauson::documents::sign::{Order, sign_at};
use dauson::documents::{desk, hashes, stored};
use dauson::error::{Error, Kind};
use dauson::keys::{SignatureScheme, SigningKey};
use dauson::messages::Text;
use dauson::net::http::Http;
use dauson::output::OutputFile;
use dauson::pades::{Level, SignOptions, SubFilter};
use dauson::pdf::source::FileSource;
use dauson::people::keys;
use dauson::people::keys::terms::{self, Change};
use dauson::people::permissions::{Caller, Role};
use dauson::people::tokens;
use dauson::pki::material::TrustMaterial;
use dauson::receipts::fees::Prices;
use dauson::receipts::issue::Counter;
use dauson::receipts::request::Request;
use dauson::receipts::series::ReceiptId;
use dauson::registry::copies::{self, NewCopy};
use dauson::registry::notices::Telling;
use dauson::registry::{self, Desk, Recipient};
use dauson::reports::{filing, notice, shift};
use dauson::store::StoreError;
use futures_util::future::LocalBoxFuture;
use std::collections::BTreeSet;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use time::OffsetDateTime;

/// Whoever acts, and with what.
struct At<'a> {
    folder: &'a DataFolder,
    trust: &'a TrustMaterial,
    request: &'a Request,
    /// Where signed files are released to.
    out: &'a Path,
    /// A receipt that was issued before.
    receipt: &'a ReceiptId,
}

impl At<'_> {
    fn counter(&self) -> Counter<'_> {
        let (folder, trust) = (self.folder, self.trust);
        Counter {
            folder,
            public_url: "http://x",
            unit: Some(UNIT),
            actor: "test",
            trust,
            prices: Prices::Enforce,
            mails: false,
        }
    }

    fn entry(&self, action: Action) -> Entry {
        Entry::new(action, self.folder.now()).unwrap()
    }

    async fn issue(&self) -> Result<ReceiptId, Error> {
        let row = self.counter().issue(self.request, None).await?.row;
        Ok(format!("{}/{}/{:08}", row.form, row.symbol, row.number).parse().unwrap())
    }

    /// As `dauson sign` does.
    async fn sign(&self) -> Result<(), Error> {
        let key = keys::load(self.folder, "xa-son-mau.leader").await?;
        let scheme = key.schemes()[0];
        let order = Order {
            key: &*key,
            scheme,
            options: SignOptions::new(self.folder.now(), SubFilter::Pades, scheme.digest()),
            attributes: &[],
            password: None,
            entry: self.entry(Action::DocumentSigned),
        };
        let mut out = OutputFile::create(&self.out.join(format!("{}.pdf", uuid())), false)?;
        let source = FileSource::new(File::open("samples/cong-van.pdf").unwrap()).unwrap();
        sign_at(self.folder, Arc::new(source), order, None, &mut out).await?;
        out.commit()
    }

    /// As another program has a digest signed, or a document.
    async fn sign_authorised(&self, is_document: bool) -> Result<(), Error> {
        let tokens = tokens::list(self.folder).await?;
        let token = tokens.into_iter().find(|token| token.signing_key.as_deref() == Some("xa-son-mau.leader")).unwrap();
        let caller = Caller {
            id: token.id,
            name: token.name,
            unit: token.unit,
            role: Role::Leader,
            signing_key: token.signing_key,
        };
        let terms = hashes::Terms { most: 1, lifetime: time::Duration::MINUTE };
        let file = Arc::new(std::fs::read("samples/cong-van.pdf").unwrap());
        let digests = vec![DigestAlgorithm::Sha256.hash(&file)];
        let shown = hashes::Shown::default();
        let sad = hashes::authorize(self.folder, &caller, terms, 1, Some(digests.clone()), &shown).await?.sad;
        let http = Http::new("", true, Duration::from_secs(1)).unwrap();
        let outside = Outside::new(http, Vec::new(), UnknownStatus::Warn);
        let nobody = TrustMaterial::default();
        let services = Services::new(self.folder, &nobody, &[], &outside).await?;
        let scheme = SignatureScheme::EcdsaP256;
        let signed = if is_document {
            let document = HandedIn { file, wish: wish(), scheme };
            handed_in::sign(self.folder, &caller, &services, &sad, vec![document]).await?
        } else {
            hashes::sign(self.folder, &caller, &services, &sad, scheme, &digests).await?
        };
        assert_eq!(signed.len(), 1);
        Ok(())
    }

    /// Stricter each time.
    async fn tighten(&self) -> Result<(), Error> {
        let id = "xa-son-mau.leader";
        let most = self.folder.store.read().await?.key_control(id).await?.and_then(|control| control.per_hour);
        let per_hour = Some(Some(most.unwrap_or(1_000_000) - 1));
        terms::tighten(self.folder, id, Change { two_person: None, per_hour }, "test").await
    }

    /// As a clerk does: an official document with a number, two versions of a file and three entries, at once.
    async fn copy(&self) -> Result<(), Error> {
        let signing_key = Some("xa-son-mau.seal".to_owned());
        let caller =
            Caller { id: "test".into(), name: "test".into(), unit: UNIT.into(), role: Role::Clerk, signing_key };
        let outside =
            Outside::new(Http::new("", true, Duration::from_secs(1)).unwrap(), Vec::new(), UnknownStatus::Warn);
        let nobody = TrustMaterial::default();
        let services = Services::new(self.folder, &nobody, &[], &outside).await?;
        let telling = Telling { mails: true, calls: true, public_url: "http://x".into() };
        let (folder, caller, services, telling) = (self.folder, &caller, &services, &telling);
        let desk = Desk { folder, caller, services, telling, level: Level::B, once: None };
        let new = NewCopy {
            kind: "TrS".into(),
            issuer: "UBND".into(),
            of: None,
            subject: Some("Trích".into()),
            recipients: vec![Recipient { name: "Thôn 1".into(), email: None, code: None }],
            keeper: None,
            copies: None,
            note: None,
            pin: None,
        };
        let file =
            registry::HandedIn { name: Some("a.pdf".into()), bytes: std::fs::read("samples/cong-van.pdf").unwrap() };
        copies::copy(&desk, &new, Some(file)).await.map(|_| ())
    }

    /// As a leader does over HTTP.
    async fn sign_stored(&self) -> Result<(), Error> {
        let signing_key = Some("xa-son-mau.leader".to_owned());
        let caller =
            Caller { id: "test".into(), name: "test".into(), unit: UNIT.into(), role: Role::Leader, signing_key };
        let mut upload = stored::Upload::start(self.folder).await?;
        upload.write(&std::fs::read("samples/cong-van.pdf").unwrap())?;
        let document = stored::store(self.folder, &caller, upload, None).await?;
        let http = Http::new("", true, Duration::from_secs(1)).unwrap();
        let outside = Outside::new(http, Vec::new(), UnknownStatus::Warn);
        let nobody = TrustMaterial::default();
        let services = Services::new(self.folder, &nobody, &[], &outside).await?;
        let wish = wish();
        stored::sign(self.folder, &caller, &services, &document.id, None, wish).await?;
        Ok(())
    }
}

fn wish() -> desk::Wish {
    desk::Wish {
        level: Level::B,
        field: None,
        reason: None,
        location: None,
        contact: None,
        role: None,
        visible: None,
        certify: None,
    }
}

fn uuid() -> String {
    hex::encode(rand::random::<[u8; 8]>())
}

/// A copy of the folder, and the steps before which it was so.
type State = (PathBuf, Vec<&'static str>);

type Act = for<'a> fn(&'a At<'a>) -> LocalBoxFuture<'a, Result<(), Error>>;

/// Everything that writes to the log in ways of its own.
const ACTS: &[(&str, Act)] = &[
    ("an entry", |at| Box::pin(async { at.folder.log.record(at.entry(Action::ExportMade)).await.map(|_| ()) })),
    ("a document", |at| Box::pin(at.sign())),
    ("a stored document", |at| Box::pin(at.sign_stored())),
    ("a copy of an official document", |at| Box::pin(at.copy())),
    ("a digest for another program", |at| Box::pin(at.sign_authorised(false))),
    ("a document for another program", |at| Box::pin(at.sign_authorised(true))),
    ("how a key may be used", |at| Box::pin(at.tighten())),
    ("a receipt", |at| Box::pin(async { at.issue().await.map(|_| ()) })),
    ("a receipt replaced", |at| {
        Box::pin(async { at.counter().replace(at.receipt, at.request, "Sai số tiền", None).await.map(|_| ()) })
    }),
    ("a receipt voided", |at| {
        Box::pin(async {
            let tokens = dauson::people::tokens::list(at.counter().folder).await?;
            let role = dauson::people::permissions::Role::Accountant;
            let token = tokens.into_iter().find(|t| t.unit == UNIT && t.role == role.as_str()).unwrap();
            let (id, name, unit) = (token.id, token.name, token.unit);
            let accountant = dauson::people::permissions::Caller { id, name, unit, role, signing_key: None };
            at.counter().void(at.receipt, "Hoàn tiền", Some(&accountant)).await.map(|_| ())
        })
    }),
    ("a notice of an error", |at| {
        Box::pin(async { notice::notify(&at.counter(), at.receipt, "Sai địa chỉ").await.map(|_| ()) })
    }),
    ("a daily report", |at| {
        Box::pin(async {
            let today = at.folder.now().to_offset(dauson::data_folder::VIETNAM).date();
            filing::file(&at.counter(), UNIT, today).await.map(|_| ())
        })
    }),
    ("a shift", |at| Box::pin(async { shift::close(&at.counter(), UNIT, 0, None).await.map(|_| ()) })),
    ("the log's key, begun", |at| {
        Box::pin(async {
            let (folder, entry) = (at.folder, at.entry(Action::LogKeyChanged));
            rotation::begin(&folder.log, &folder.master, &*folder.random, entry).await.map(|_| ())
        })
    }),
    ("the log's key, finished", |at| {
        Box::pin(async {
            let (folder, entry) = (at.folder, at.entry(Action::LogKeyChanged));
            rotation::finish(&folder.log, &folder.master, entry).await.map(|_| ())
        })
    }),
];

async fn open(data: &Path) -> DataFolder {
    DataFolder::open(data, &data.join("master.key"), Arc::new(OffsetDateTime::now_utc)).await.unwrap()
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for file in std::fs::read_dir(folder).into_iter().flatten().map(|file| file.unwrap().path()) {
        if file.is_dir() {
            files(&file, found);
        } else {
            found.push(file);
        }
    }
}

/// What must hold whatever has happened: all agrees, the log goes on from `before`, and from each checkpoint that lies with a signature
/// in any file, wherever that is. Gives the log's size.
async fn holds(data: &Path, before: &[Checkpoint], when: &str) -> u64 {
    let folder = open(data).await;
    let keys: Vec<LogKey> = folder.log.verifier_keys().iter().map(|key| key.to_string().parse().unwrap()).collect();
    let mut kept = before.to_vec();
    let mut signed = Vec::new();
    files(&data.join("blobs"), &mut signed);
    files(&data.join("out"), &mut signed);
    for file in signed {
        let source = FileSource::new(File::open(&file).unwrap()).unwrap();
        match checkpoints_of(source, &keys) {
            Ok(checkpoints) => kept.extend(checkpoints),
            // what was cut off while it was written is not released
            Err(why) => assert!(file.to_string_lossy().ends_with(".tmp"), "{when}: {}: {why}", file.display()),
        }
    }
    let plan = Plan { kept: &kept, ..Plan::new(&keys) };
    let findings = verify::data(&*folder.store, &*folder.blobs, &plan, Some(&folder)).await.unwrap();
    assert_eq!(findings.named, Vec::<Text>::new(), "{when}");
    findings.entries
}

/// The newest checkpoint.
async fn checkpoint(data: &Path) -> Checkpoint {
    let folder = open(data).await;
    let keys: Vec<LogKey> = folder.log.verifier_keys().iter().map(|key| key.to_string().parse().unwrap()).collect();
    Checkpoint::open(&folder.log.head().await.unwrap().checkpoint, &keys).unwrap()
}

/// What is on disk, as far as it can be told apart without reading it.
fn fingerprint(data: &Path) -> Vec<(PathBuf, u64, std::time::SystemTime)> {
    let mut found = Vec::new();
    files(data, &mut found);
    found.retain(|file| !file.to_string_lossy().ends_with("-shm"));
    found.sort();
    let of = |file: PathBuf| file.metadata().ok().map(|m| (file, m.len(), m.modified().unwrap()));
    found.into_iter().filter_map(of).collect()
}

struct Setting {
    office: Office,
    trust: TrustMaterial,
    request: Request,
    data: PathBuf,
}

impl Setting {
    fn new() -> Self {
        let office = Office::new();
        let data = office.folder.path().to_owned();
        std::fs::create_dir(data.join("out")).unwrap();
        let trust = TrustMaterial::load(std::slice::from_ref(&office.root), &data).unwrap();
        let request = Request::parse(office.receipt_request(2_000).to_string().as_bytes()).unwrap();
        Self { office, trust, request, data }
    }

    async fn act(&self, act: Act, folder: &DataFolder, receipt: &ReceiptId) -> Result<(), Error> {
        let (trust, request, out) = (&self.trust, &self.request, &self.data.join("out"));
        act(&At { folder, trust, request, out, receipt }).await
    }

    /// A receipt that acts may be about; afterwards nobody has the folder open.
    async fn issued(&self) -> ReceiptId {
        let folder = open(&self.data).await;
        let (trust, request, out) = (&self.trust, &self.request, &self.data.join("out"));
        let receipt = &"EBL01/26TAA/00000001".parse().unwrap();
        let issued = At { folder: &folder, trust, request, out, receipt }.issue().await.unwrap();
        drop(folder);
        closed(&self.data);
        issued
    }

    /// The next act on a folder that was left by a crash.
    async fn goes_on(&self, data: &Path, before: &[Checkpoint], when: &str) {
        let size = holds(data, before, when).await;
        let folder = open(data).await;
        let (trust, request, out) = (&self.trust, &self.request, &data.join("out"));
        let receipt = &"EBL01/26TAA/00000001".parse().unwrap();
        let at = At { folder: &folder, trust, request, out, receipt };
        at.issue().await.unwrap_or_else(|error| panic!("{when}: {error}"));
        at.sign().await.unwrap_or_else(|error| panic!("{when}: {error}"));
        drop(folder);
        let before = [before, &[checkpoint(data).await]].concat();
        assert_eq!(holds(data, &before, when).await, size + 3, "{when}");
        assert_eq!(open(data).await.blobs.waiting().await.unwrap().len(), 0, "{when}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_at_each_step_leaves_what_the_log_says() {
    let setting = Setting::new();
    let data = setting.data.clone();
    let work = tempfile::tempdir().unwrap();
    let mut seen = BTreeSet::new();
    for (name, act) in ACTS {
        let receipt = setting.issued().await;
        let before = [checkpoint(&data).await];
        // each state of the disk once, with the steps before which it was there
        let states: Arc<Mutex<Vec<State>>> = Arc::default();
        let look: Before = {
            let (states, data, work) = (Arc::clone(&states), data.clone(), work.path().to_owned());
            let last = Mutex::default();
            Arc::new(move |step| {
                let (mut states, mut last) = (states.lock().unwrap(), last.lock().unwrap());
                let now = fingerprint(&data);
                if *last == now {
                    states.last_mut().unwrap().1.push(step);
                } else {
                    let to = work.join(states.len().to_string());
                    copy_folder(&data, &to);
                    states.push((to, vec![step]));
                    *last = now;
                }
                Ok(())
            })
        };
        closed(&data);
        let folder = watched(open(&data).await, Arc::clone(&look)).await;
        setting.act(*act, &folder, &receipt).await.unwrap();
        look("returned").unwrap();
        drop(folder);
        let states = std::mem::take(&mut *states.lock().unwrap());
        assert!(states.len() > 1, "{name}");
        let mut size = before[0].size;
        for (index, (state, steps)) in states.iter().enumerate() {
            seen.extend(steps.iter().copied());
            let when = format!("{name}, before {steps:?}");
            // what was cut off within the commit counts as not done; as the power leaves it, not only as a kill does
            if let Some((next, _)) = states.get(index + 1) {
                torn(&setting, state, next, &before, &format!("{when}, torn")).await;
            }
            let now = holds(state, &before, &when).await;
            assert!(now >= size, "{when}: {now} entries after {size}");
            size = now;
            setting.goes_on(state, &before, &when).await;
        }
        assert_eq!(size, checkpoint(&data).await.size, "{name}: what was answered is on disk");
        eprintln!("{name}: {} states of the disk", states.len());
    }
    for step in
        ["write", "put_log_entries", "put_log_tile", "move_log_head", "wait", "put_receipt", "commit", "settle", "keep"]
    {
        assert!(seen.contains(step), "{step} was never reached");
    }
    assert_eq!(holds(&data, &[], "at the end").await, checkpoint(&data).await.size);
    drop(setting.office);
}

/// Between two states: the second one's write-ahead log as far as it may have come.
async fn torn(setting: &Setting, state: &Path, next: &Path, before: &[Checkpoint], when: &str) {
    let wal = |data: &Path| std::fs::read(data.join("dauson.db-wal")).unwrap_or_default();
    let (old, new) = (wal(state), wal(next));
    if new.len() <= old.len() || !new.starts_with(&old) {
        return;
    }
    let added = new.len() - old.len();
    let size = holds(&copied(state, &state.with_extension("whole")), before, when).await;
    for cut in [1, added / 4, added / 2, added * 3 / 4, added - 1] {
        let data = copied(state, &state.with_extension(cut.to_string()));
        std::fs::write(data.join("dauson.db-wal"), &new[..old.len() + cut]).unwrap();
        let _ = std::fs::remove_file(data.join("dauson.db-shm"));
        assert_eq!(holds(&data, before, when).await, size, "{when}");
        if cut == added - 1 {
            setting.goes_on(&data, before, when).await;
        }
    }
}

fn copied(from: &Path, to: &Path) -> PathBuf {
    copy(from, to);
    to.to_owned()
}

/// By another process: a file that this one closes would lose the locks that SQLite has on it here.
fn copy_folder(from: &Path, to: &Path) {
    let _ = std::fs::remove_dir_all(to);
    let copied = std::process::Command::new("cp").arg("-a").arg(from).arg(to).status().unwrap();
    assert!(copied.success());
}

/// What changes something, and so may find no room for it.
fn writes(step: &str) -> bool {
    let names = ["write", "commit", "move_log_head", "wait", "start", "keep", "settle", "discard"];
    names.contains(&step) || ["put_", "update_", "remove_"].iter().any(|prefix| step.starts_with(prefix))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_is_full_at_a_step_signs_nothing() {
    let setting = Setting::new();
    let data = setting.data.clone();
    let mut refused = BTreeSet::new();
    for (name, act) in ACTS {
        let receipt = setting.issued().await;
        for nth in 0.. {
            let before = [checkpoint(&data).await];
            // the steps so far, and the one that was refused
            let count: Arc<Mutex<(usize, Option<&str>)>> = Arc::default();
            let refuse: Before = {
                let count = Arc::clone(&count);
                Arc::new(move |step| {
                    let mut count = count.lock().unwrap();
                    if !writes(step) {
                        return Ok(());
                    }
                    count.0 += 1;
                    if count.0 <= nth {
                        return Ok(());
                    }
                    // from there on there is no room for anything
                    count.1.get_or_insert(step);
                    Err(StoreError::CannotWrite("database or disk is full".to_owned()))
                })
            };
            let folder = watched(open(&data).await, refuse).await;
            let released = || std::fs::read_dir(data.join("out")).unwrap().count();
            let files = released();
            let done = setting.act(*act, &folder, &receipt).await;
            let step = count.lock().unwrap().1;
            let when = format!("{name}, no room from {step:?} on");
            match (&done, step) {
                (Err(error), Some(_)) => {
                    assert_eq!((error.kind, error.code), (Kind::CannotWrite, "store.cannot_write"), "{when}: {error}");
                    assert_eq!(released(), files, "{when}");
                }
                // what is committed is done; the file goes on waiting
                (Ok(()), Some("settle") | None) => {}
                other => panic!("{when}: {other:?}"),
            }
            refused.extend(step);
            drop(folder);
            holds(&data, &before, &when).await;
            if done.is_ok() {
                break;
            }
        }
        let before = [checkpoint(&data).await];
        setting.goes_on(&data, &before, name).await;
    }
    for step in ["write", "put_log_entries", "move_log_head", "wait", "put_receipt", "commit", "settle", "keep"] {
        assert!(refused.contains(step), "{step} was never refused");
    }
}

//! No room on the disk, a folder that is read-only, a clock that was set back: nothing is signed, people are told so in words, and all
//! works again once it is mended.

use crate::audit_log::faults;
use crate::audit_receipts::copy;
use crate::office::Office;
use crate::program::{Ran, command, finish, run};
use crate::server::{Server, sample_pdf};
use dauson::audit::entry::{Action, Entry};
use dauson::data_folder::DataFolder;
use dauson::people::permissions::Role;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use time::{Duration, OffsetDateTime};

/// A disk of few megabytes with an office's data folder on it; none where it cannot be had.
struct Disk {
    office: Office,
    mount: tempfile::TempDir,
}

impl Disk {
    fn new() -> Option<Self> {
        let mount = tempfile::tempdir().unwrap();
        let disk = Self { office: Office::new(), mount };
        let at = disk.mount.path().display().to_string();
        if !system("mount", &["-t", "tmpfs", "-o", "size=16m", "tmpfs", &at]) {
            eprintln!("skipped: a small disk can be mounted by root only");
            return None;
        }
        copy(disk.office.folder.path(), &disk.data());
        Some(disk)
    }

    fn data(&self) -> PathBuf {
        self.mount.path().join("data")
    }

    /// Fills it to its last byte.
    fn fill(&self) {
        let file = self.mount.path().join("full");
        let mut bytes = 64 << 20;
        let mut all = std::fs::File::create(file).unwrap();
        while bytes > 0 {
            if std::io::Write::write(&mut all, &vec![0; bytes]).is_err() {
                bytes /= 2;
            }
        }
    }

    fn clear(&self) {
        std::fs::remove_file(self.mount.path().join("full")).unwrap();
    }

    fn remount(&self, how: &str) {
        assert!(system("mount", &["-o", &format!("remount,{how}"), self.mount.path().to_str().unwrap()]));
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        system("umount", &["-l", self.mount.path().to_str().unwrap()]);
    }
}

fn system(program: &str, arguments: &[&str]) -> bool {
    Command::new(program).args(arguments).output().is_ok_and(|done| done.status.success())
}

fn sign(data: &Path, output: &Path, language: &str) -> Ran {
    let mut command = command(data);
    command.args(["sign", "samples/cong-van.pdf", "--key-id", "xa-son-mau.leader", "-o"]).arg(output);
    finish(command.env("LANG", language).spawn().unwrap())
}

fn issue(data: &Path, office: &Office, language: &str) -> Ran {
    let work = tempfile::tempdir().unwrap();
    let request = work.path().join("request.json");
    std::fs::write(&request, office.receipt_request(2_000).to_string()).unwrap();
    finish(command(data).args(["receipt", "issue", "--json"]).arg(request).env("LANG", language).spawn().unwrap())
}

/// Nothing is signed or issued on the command line, and both languages say so.
fn refuses(data: &Path, office: &Office, code: i32, (en, vi): (&str, &str)) {
    let work = tempfile::tempdir().unwrap();
    let output = work.path().join("out.pdf");
    for (language, words) in [("C", en), ("vi_VN.UTF-8", vi)] {
        for ran in [sign(data, &output, language), issue(data, office, language)] {
            let ran = ran.expect(code);
            let line = ran.stderr.lines().find(|line| line.starts_with("dauson: error: ")).unwrap();
            assert!(line.contains(words), "{ran:?}");
        }
        assert_eq!(std::fs::read_dir(work.path()).unwrap().count(), 0, "nothing is left");
    }
}

/// The same over HTTP.
fn refuses_over_http(server: &Server, office: &Office, status: u16, code: &str, (en, vi): (&str, &str)) {
    let receipt = || {
        let request = server.post("/api/v1/receipts").token(office.token(Role::Officer));
        request.header("idempotency-key", "the-same").json(&office.receipt_request(2_000)).send()
    };
    let signed = server.post("/api/v1/sign").token(office.token(Role::Leader)).pdf(&sample_pdf()).send();
    for answer in [receipt(), signed] {
        assert_eq!(answer.problem(status), code, "{answer:?}");
        let problem = answer.json();
        assert!(problem["message"]["en"].as_str().unwrap().contains(en), "{answer:?}");
        assert!(problem["message"]["vi"].as_str().unwrap().contains(vi), "{answer:?}");
        assert!(problem["detail"].as_str().unwrap().contains(en), "{answer:?}");
    }
}

/// All works, and nothing of what was refused is there.
fn works(data: &Path, office: &Office, entries: u64) {
    let work = tempfile::tempdir().unwrap();
    sign(data, &work.path().join("out.pdf"), "C").expect(0);
    issue(data, office, "C").expect(0);
    assert_eq!(size(data), entries + 3);
}

fn size(data: &Path) -> u64 {
    run(data, ["audit", "verify", "--json"]).expect(0).json()["entries"].as_u64().unwrap()
}

const NO_ROOM: (&str, &str) = ("Nothing was signed or issued", "Chưa có gì được ký hay lập");

#[test]
fn a_full_disk_signs_nothing_and_says_so() {
    let Some(disk) = Disk::new() else { return };
    let (data, office) = (disk.data(), &disk.office);
    let before = size(&data);
    disk.fill();
    refuses(&data, office, 73, NO_ROOM);
    disk.clear();
    let server = Server::start(&data, &[]);
    disk.fill();
    refuses_over_http(&server, office, 507, "store.cannot_write", NO_ROOM);
    refuses(&data, office, 73, NO_ROOM);
    // what only reads goes on
    server.get("/checkpoint").send().expect(200);
    assert_eq!(size(&data), before);
    disk.clear();
    let request = server.post("/api/v1/receipts").token(office.token(Role::Officer));
    let receipt = request.header("idempotency-key", "the-same").json(&office.receipt_request(2_000)).send().expect(201);
    assert_eq!(receipt.json()["number"], 1, "no number was used up");
    server.post("/api/v1/sign").token(office.token(Role::Leader)).pdf(&sample_pdf()).send().expect(200);
    works(&data, office, before + 3);
    drop(server);
    assert!(!data.join("blobs/waiting").read_dir().unwrap().any(|_| true), "what was signed for nothing is gone");
}

/// Room that comes to an end anywhere in the midst of an act, not only before it.
#[test]
fn a_disk_that_becomes_full_signs_nothing_or_all() {
    let Some(disk) = Disk::new() else { return };
    let (data, office) = (disk.data(), &disk.office);
    let work = tempfile::tempdir().unwrap();
    let mut done = 0;
    for room in (0..25).map(|n| n * 16_384) {
        disk.fill();
        let full = std::fs::OpenOptions::new().write(true).open(disk.mount.path().join("full")).unwrap();
        full.set_len(full.metadata().unwrap().len().saturating_sub(room)).unwrap();
        drop(full);
        let output = work.path().join(format!("{room}.pdf"));
        for ran in [sign(&data, &output, "C"), issue(&data, office, "C")] {
            assert!([0, 73].contains(&ran.code), "{room} bytes of room: {ran:?}");
            done += usize::from(ran.code == 0);
        }
        disk.clear();
        run(&data, ["audit", "verify"]).expect(0);
    }
    assert!(done > 0 && done < 50, "{done} of 50 acts found room");
}

#[test]
fn a_read_only_folder_signs_nothing_and_says_so() {
    let Some(disk) = Disk::new() else { return };
    let (data, office) = (disk.data(), &disk.office);
    let before = size(&data);
    disk.remount("ro");
    refuses(&data, office, 73, NO_ROOM);
    disk.remount("rw");
    works(&data, office, before);
}

#[tokio::test]
async fn a_clock_that_was_set_back_signs_nothing_and_says_so() {
    let office = Office::new();
    let data = office.folder.path();
    let at = |ahead: Duration| async move {
        let clock = Arc::new(move || OffsetDateTime::now_utc() + ahead);
        DataFolder::open(data, &data.join("master.key"), clock).await.unwrap()
    };
    // a few minutes are nothing to speak of: many sign at once, and clocks are put right
    let entry = |folder: &DataFolder| Entry::new(Action::DocumentSigned, folder.now()).unwrap();
    let folder = at(Duration::minutes(4)).await;
    folder.log.record(entry(&folder)).await.unwrap();
    let work = tempfile::tempdir().unwrap();
    sign(data, &work.path().join("1.pdf"), "C").expect(0);
    let folder = at(Duration::hours(3)).await;
    folder.log.record(entry(&folder)).await.unwrap();
    let before = size(data);
    let words = ("clock is behind the log. Nothing was signed or issued", "Đồng hồ máy chủ chạy lùi");
    refuses(data, &office, 69, words);
    let server = Server::start(data, &[]);
    refuses_over_http(&server, &office, 503, "audit.clock", words);
    assert_eq!(size(data), before);
    // the clock was ahead, and has been put right: that is in the log for everybody to see
    run(data, ["audit", "clock-corrected"]).expect(0);
    works(data, &office, before + 1);
    server.post("/api/v1/sign").token(office.token(Role::Leader)).pdf(&sample_pdf()).send().expect(200);
    assert_eq!(faults(&at(Duration::ZERO).await).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_receipt_is_never_dated_before_its_predecessor() {
    let office = Office::new();
    let data = office.folder.path();
    let tomorrow = OffsetDateTime::now_utc() + Duration::days(2);
    if tomorrow.to_offset(dauson::data_folder::VIETNAM).year() % 100 != office.series[6..8].parse::<i32>().unwrap() {
        eprintln!("skipped: the year ends tomorrow, and with it the series");
        return;
    }
    let trust = dauson::pki::material::TrustMaterial::load(std::slice::from_ref(&office.root), data).unwrap();
    let folder = DataFolder::open(data, &data.join("master.key"), Arc::new(move || tomorrow)).await.unwrap();
    let prices = dauson::receipts::fees::Prices::Enforce;
    let counter = dauson::receipts::issue::Counter {
        folder: &folder,
        public_url: "http://x",
        unit: None,
        actor: "a",
        trust: &trust,
        prices,
        mails: false,
    };
    let request =
        dauson::receipts::request::Request::parse(office.receipt_request(2_000).to_string().as_bytes()).unwrap();
    counter.issue(&request, None).await.unwrap();
    drop(folder);
    let before = size(data);
    for (language, words) in [("C", "No receipt was issued"), ("vi_VN.UTF-8", "Chưa có biên lai nào được lập")]
    {
        let ran = issue(data, &office, language).expect(65);
        assert!(ran.stderr.contains(words), "{ran:?}");
    }
    // nor is one where the log was told that the clock is right: the series' next receipt has to wait for its day
    run(data, ["audit", "clock-corrected"]).expect(0);
    issue(data, &office, "C").expect(65);
    assert_eq!(size(data), before + 1);
}

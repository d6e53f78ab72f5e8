//! Signing at each level with the data folder's own TSA and responder: nothing waits for a network.

use crate::inputs::Input;
use crate::measure::{Cost, in_process};
use dauson::audit::entry::{Action, Entry};
use dauson::authority::{Agency, Authority, Plan};
use dauson::data_folder::DataFolder;
use dauson::digest::DigestAlgorithm;
use dauson::documents::services::{Outside, Services, UnknownStatus};
use dauson::documents::sign::{Order, Raise, sign_at};
use dauson::keys::{KeyAlgorithm, LocalKey, SigningKey};
use dauson::net::ChosenBy;
use dauson::net::http::Http;
use dauson::output::OutputFile;
use dauson::pades::{Level, SignOptions, SubFilter};
use dauson::pdf::source::FileSource;
use dauson::pki::material::TrustMaterial;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use time::OffsetDateTime;

/// What one signature of each level costs.
pub fn in_process_levels(folder: &Path, algorithm: KeyAlgorithm, input: &Input, runs: usize) -> Vec<(Level, Cost)> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let path = folder.join(format!("data-levels-{algorithm:?}"));
    let data = runtime.block_on(DataFolder::open(&path, &path.join("master.key"), Arc::new(OffsetDateTime::now_utc)));
    let data = data.unwrap();
    let now = OffsetDateTime::now_utc();
    let plan = Plan { algorithm, url: "http://ca.example", agency: Agency::SAMPLE, now };
    let made = Authority::create(&plan, &mut rand::rng()).unwrap();
    runtime.block_on(dauson::trust_services::import(&data, &made)).unwrap();
    let leader = &made.leader;
    let key = LocalKey::from_pkcs8(&leader.pkcs8, leader.certificate.clone(), leader.chain.clone()).unwrap();
    let trust = TrustMaterial::load(&[path.join("trust")], &path).unwrap();
    let http = Http::new("", false, Duration::from_secs(1)).unwrap();
    let outside = Outside::new(http, Vec::new(), UnknownStatus::Warn);
    let services = runtime.block_on(Services::new(&data, &trust, &[], &outside)).unwrap();
    let out = folder.join("level.pdf");
    let sign = |level| {
        in_process(runs, || {
            let now = OffsetDateTime::now_utc();
            let order = Order {
                key: &key,
                scheme: key.schemes()[0],
                options: SignOptions::new(now, SubFilter::Pades, DigestAlgorithm::Sha256),
                attributes: &[],
                password: None,
                entry: Entry::new(Action::DocumentSigned, now).unwrap(),
            };
            let source = Arc::new(FileSource::new(File::open(&input.path).unwrap()).unwrap());
            let mut file = OutputFile::create(&out, true).unwrap();
            let raise = Raise { to: level, services: &services, chosen_by: ChosenBy::Operator };
            runtime.block_on(sign_at(&data, source, order, Some(raise), &mut file)).unwrap();
            file.commit().unwrap();
        })
    };
    [Level::B, Level::T, Level::Lt, Level::Lta].map(|level| (level, sign(level))).into()
}

//! Units and what is planned of them, series, keys, accounts, passkeys, identities and offices, figures that were handed in, and what the built-in authority issued: each row is as the newest entry about it says, and there is one for each that the log
//! names.

use super::particulars::{self, Particulars};
use super::{CHUNK, Check};
use crate::auditor::merkle::sha256;
use crate::auditor::told::{Rows, Told};
use crate::error::Result;
use crate::messages::audit::{Kept, over_quota, removed};
use crate::pki::CertificateList;
use crate::pki::certificate::Certificate;
use std::collections::{BTreeMap, BTreeSet};
use time::{Duration, OffsetDateTime};

/// The rows that were found in the database, by table and digest of the name.
type Found = BTreeSet<String>;

impl Check<'_> {
    /// All rows of these tables, where the log's beginning was read.
    pub(super) async fn rows(&mut self) -> Result<()> {
        let Some(rows) = self.told.and_then(Told::rows) else { return Ok(()) };
        let mut found = Found::new();
        self.unit_rows(rows, &mut found).await?;
        self.series_rows(rows, &mut found).await?;
        self.key_rows(rows, &mut found).await?;
        self.user_rows(rows, &mut found).await?;
        self.handed_rows(rows, &mut found).await?;
        self.authority_rows(rows, &mut found).await?;
        for (name, entry) in rows.all().filter(|(name, _)| !found.contains(*name)) {
            let table = name.split_once(':').map_or(name, |(table, _)| table);
            self.findings.tell(removed(table, entry));
        }
        Ok(())
    }

    /// A row against the newest entry about it; false if there is none, which says nothing of rows from before entries named them.
    fn row(&mut self, rows: &Rows, found: &mut Found, kept: Kept<'_>, particulars: &Particulars) -> bool {
        let name = particulars.key();
        let logged = rows.get(&name);
        match logged {
            Some(state) if state != particulars.state => self.findings.tell(kept.changed()),
            None if !rows.is_old => self.findings.tell(kept.added()),
            _ => {}
        }
        found.insert(name);
        logged.is_some()
    }

    async fn unit_rows(&mut self, rows: &Rows, found: &mut Found) -> Result<()> {
        let units = self.database.view().await.units().await?;
        for unit in units {
            let events = self.database.view().await.unit_events(&unit.id).await?;
            let (kept, particulars) = (Kept::Unit(&unit.id), particulars::unit(&unit, &events)?);
            if rows.get(&particulars.key()).is_some() {
                self.row(rows, found, kept, &particulars);
            } else if unit.kind.is_some() || unit.code.is_some() || unit.closed.is_some() || !events.is_empty() {
                // entries of before did not name units' rows, and there was nothing in them to be named
                self.findings.tell(kept.changed());
            }
        }
        let plans = self.database.view().await.unit_plans().await?;
        for plan in plans {
            self.row(rows, found, Kept::Plan(&plan.id), &particulars::plan(&plan)?);
        }
        Ok(())
    }

    async fn series_rows(&mut self, rows: &Rows, found: &mut Found) -> Result<()> {
        let all = self.database.view().await.all_series(None).await?;
        for series in all {
            let name = format!("{}/{}", series.form, series.symbol);
            self.row(rows, found, Kept::Series(&name), &particulars::series(&series)?);
            let ranges = self.database.view().await.ranges(&series.form, &series.symbol).await?;
            for range in ranges {
                let name = format!("{name}/{:08}", range.first);
                self.row(rows, found, Kept::Range(&name), &particulars::range(&range)?);
            }
        }
        Ok(())
    }

    async fn key_rows(&mut self, rows: &Rows, found: &mut Found) -> Result<()> {
        let keys = self.database.view().await.signing_keys().await?;
        for key in keys {
            let control = self.database.view().await.key_control(&key.id).await?.unwrap_or_default();
            let kept = Kept::Key(&key.id);
            let certificate = hex::encode(sha256(&key.certificate));
            if control.certificate != [0; 32] && hex::encode(control.certificate) != certificate {
                self.findings.tell(kept.changed());
            }
            if !self.row(rows, found, kept, &particulars::key(&key, &control)?)
                && rows.is_old
                && !rows.has_old_key(&certificate, key.unit.as_deref())
            {
                self.findings.tell(kept.added());
            }
            let made = self.told.map_or(0, |told| told.most_in_an_hour(&certificate));
            if let Some(quota) = control.per_hour.filter(|quota| made > *quota) {
                self.findings.tell(over_quota(&key.id, made, quota));
            }
        }
        Ok(())
    }

    async fn user_rows(&mut self, rows: &Rows, found: &mut Found) -> Result<()> {
        let users = self.database.view().await.users().await?;
        for user in users {
            self.row(rows, found, Kept::User(&user.login), &particulars::user(&user)?);
        }
        let offices = self.database.view().await.offices(None).await?;
        for office in offices {
            self.row(rows, found, Kept::Office(&office.id), &particulars::office(&office)?);
        }
        let passkeys = self.database.view().await.passkeys(None).await?;
        for passkey in passkeys {
            self.row(rows, found, Kept::Passkey(&passkey.id), &particulars::passkey(&passkey)?);
        }
        let identities = self.database.view().await.identities(None).await?;
        for identity in identities {
            self.row(rows, found, Kept::Identity(&identity.id), &particulars::identity(&identity)?);
        }
        Ok(())
    }

    async fn handed_rows(&mut self, rows: &Rows, found: &mut Found) -> Result<()> {
        let all = self.database.view().await.all_handed(false).await?;
        for handed in all {
            let name = format!("{} {} {}", handed.unit, handed.period, handed.name);
            self.row(rows, found, Kept::Figure(&name), &particulars::handed(&handed)?);
        }
        Ok(())
    }

    async fn authority_rows(&mut self, rows: &Rows, found: &mut Found) -> Result<()> {
        let cas = self.database.view().await.cas().await?;
        let mut lists = BTreeMap::new();
        for ca in cas {
            let kept = Kept::Ca(&ca.name);
            self.row(rows, found, kept, &particulars::ca(&ca)?);
            let list = CertificateList::from(ca.crl);
            // the next one is due a day after it
            let is_then = |made: OffsetDateTime| (ca.crl_created - made).abs() < Duration::DAY;
            if !list.this_update().is_some_and(is_then) {
                self.findings.tell(kept.misdated());
            }
            lists.insert(ca.name, list);
        }
        let mut after: Option<(String, Vec<u8>)> = None;
        loop {
            let from = after.as_ref().map(|(ca, serial)| (ca.as_str(), serial.as_slice()));
            let issued = self.database.view().await.all_issued(from, CHUNK).await?;
            let Some(last) = issued.last() else { return Ok(()) };
            after = Some((last.ca.clone(), last.serial.clone()));
            for issued in issued {
                let serial = hex::encode(&issued.serial);
                let kept = Kept::Certificate { ca: &issued.ca, serial: &serial };
                let is_named = self.row(rows, found, kept, &particulars::issued(&issued)?);
                let certificate = hex::encode(sha256(&issued.certificate));
                if !is_named && rows.was_revoked(&certificate) && issued.revoked.is_none() {
                    self.findings.tell(kept.changed());
                }
                // a new list is made with each revocation
                let parsed = Certificate::parse(&issued.certificate).ok();
                let is_listed = lists.get(&issued.ca).zip(parsed).map(|(list, certificate)| list.lists(&certificate));
                if is_listed != Some(issued.revoked.is_some()) {
                    self.findings.tell(kept.unlisted());
                }
            }
        }
    }
}

//! Units with their logos, and tokens, against the log.

use super::Check;
use crate::auditor::merkle::sha256;
use crate::auditor::told::Told;
use crate::error::{Error, Kind, Result};
use crate::messages::audit::Kept;
use crate::store::people::{TokenRow, UnitRow};
use std::collections::BTreeSet;

/// The roles that a token may have had instead.
const ROLES: [&str; 8] = ["clerk", "leader", "drafter", "officer", "accountant", "auditor", "admin", "keeper"];

impl Check<'_> {
    /// Every unit is as it was made or changed last, every token as it was given and still in force, where the log's beginning was read.
    pub(super) async fn people(&mut self) -> Result<()> {
        let Some(people) = self.told.and_then(Told::people) else { return Ok(()) };
        let is_old = self.told.and_then(Told::rows).is_some_and(|rows| rows.is_old);
        let units = self.database.view().await.units().await?;
        for unit in &units {
            match people.units.get(&unit.id) {
                Some(said) => self.unit(unit, said).await?,
                // before entries named rows there were none of units, either
                None if is_old => {}
                None => self.findings.tell(Kept::Unit(&unit.id).added()),
            }
        }
        for id in people.units.keys().filter(|id| !units.iter().any(|unit| unit.id == **id)) {
            self.fault(format!("unit {id}: the log has it, and it is not in the database"));
        }
        let tokens = self.database.view().await.tokens().await?;
        let mut there = BTreeSet::new();
        for token in tokens {
            let what = format!("token {}", token.id);
            let digest = digest_of(&what, &token.role, &token)?;
            // where pseudonyms are not known, what it is tells which one it is
            let bearer = match self.insight {
                Some(insight) => Some(insight.pseudonym(&token.id)),
                None => {
                    let is_this =
                        |digest: &String| people.tokens.iter().find(|(_, grant)| grant.digest.as_ref() == Some(digest));
                    let others = ROLES.iter().filter_map(|role| digest_of(&what, role, &token).ok());
                    std::iter::once(digest.clone()).chain(others).find_map(|d| Some(is_this(&d)?.0.clone()))
                }
            };
            let Some((bearer, grant)) = bearer.as_ref().and_then(|bearer| people.tokens.get_key_value(bearer)) else {
                if self.insight.is_some() || people.tokens.values().all(|grant| grant.digest.is_some()) {
                    self.fault(format!("{what} ({}, {}): the log does not have it so", token.role, token.unit));
                }
                continue;
            };
            there.insert(bearer.clone());
            if grant.unit != token.unit {
                self.fault(format!("{what}: its unit in the database is {}, in the log {}", token.unit, grant.unit));
            } else if grant.digest.as_ref().is_some_and(|logged| *logged != digest) {
                let role = ROLES.iter().find(|role| digest_of(&what, role, &token).ok() == grant.digest);
                self.fault(match role {
                    Some(role) => format!("{what}: its role in the database is {}, in the log {role}", token.role),
                    None => format!("{what}: its secret, name, role, key or expiry is not as the log records it"),
                });
            }
            if token.revoked.is_some() != grant.is_revoked {
                let words = |is_revoked| if is_revoked { "revoked" } else { "in force" };
                let (kept, logged) = (words(token.revoked.is_some()), words(grant.is_revoked));
                self.fault(format!("{what}: the database has it as {kept}, the log as {logged}"));
            }
        }
        let is_whole = self.insight.is_some() || people.tokens.values().all(|grant| grant.digest.is_some());
        for (bearer, grant) in people.tokens.iter().filter(|(bearer, _)| is_whole && !there.contains(*bearer)) {
            let unit = &grant.unit;
            self.fault(format!("the token of {bearer}, unit {unit}: the log has it, and it is not so in the database"));
        }
        Ok(())
    }

    /// Of the digests that the log has of a unit, those of stored files are its logos.
    async fn unit(&mut self, unit: &UnitRow, said: &[Option<String>]) -> Result<()> {
        let (mut particulars, mut logo) = (None, None);
        for digest in said {
            let Some(digest) = digest else {
                logo = None;
                continue;
            };
            let sha256 = digest.strip_prefix("sha256:").and_then(|text| hex::decode(text).ok()?.try_into().ok());
            match sha256 {
                Some(sha256) if self.blobs.open(&sha256).await?.is_some() => logo = Some(sha256),
                _ => particulars = Some(digest),
            }
        }
        let UnitRow { id, name, tax_code, address, phone, account, receipt_key, parent, .. } = unit;
        let found = digest(&format!("unit {id}"), &(name, tax_code, address, phone, account, receipt_key, parent))?;
        if particulars.is_some_and(|logged| *logged != found) {
            self.fault(format!(
                "unit {id}: its name, tax code ({tax_code}), address, telephone, account, key or the unit above it is not as the log records it"
            ));
        }
        let kept = self.database.view().await.logo(id).await?;
        if kept != logo {
            self.fault(format!("unit {id}: its logo is not the one that the log records"));
        }
        Ok(())
    }
}

fn digest_of(what: &str, role: &str, token: &TokenRow) -> Result<String> {
    let TokenRow { hash, name, unit, signing_key, expires, .. } = token;
    digest(what, &(hex::encode(hash), name, unit, role, signing_key, expires.unix_timestamp()))
}

fn digest(what: &str, particulars: &impl serde::Serialize) -> Result<String> {
    let bytes = serde_json::to_vec(particulars).map_err(|e| Error::new(Kind::Bug, "audit.people", what, e))?;
    Ok(format!("sha256:{}", hex::encode(sha256(&bytes))))
}

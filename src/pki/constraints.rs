//! Name constraints (RFC 5280 section 4.2.1.10).

use super::certificate::{Certificate, GeneralName};
use super::name::Name;

/// Names times subtrees; more are hostile.
const MOST_COMPARISONS: usize = 1 << 18;

/// The subtrees in force at some place of a path.
#[derive(Debug, Clone, Default)]
pub struct Subtrees {
    /// Each certificate's permitted subtrees: a name must be in one of each.
    permitted: Vec<Vec<GeneralName>>,
    excluded: Vec<GeneralName>,
}

impl Subtrees {
    /// Adds what a CA certificate constrains.
    pub fn add(&mut self, certificate: &Certificate) {
        let extensions = certificate.extensions();
        self.permitted.extend(extensions.permitted.clone());
        self.excluded.extend(extensions.excluded.iter().cloned());
    }

    /// Checks the names of a certificate; the error is the sentence for the report.
    pub fn check(&self, certificate: &Certificate) -> Result<(), String> {
        if self.permitted.is_empty() && self.excluded.is_empty() {
            return Ok(());
        }
        let mut names = certificate.extensions().alternative_names.clone();
        if !certificate.subject().is_empty() {
            names.push(GeneralName::Directory(certificate.subject().clone()));
        }
        // an e-mail address in the subject counts where the alternative names have none
        if !names.iter().any(|n| matches!(n, GeneralName::Email(_))) {
            names.extend(certificate.subject().attributes("1.2.840.113549.1.9.1").into_iter().map(GeneralName::Email));
        }
        let subtrees = self.permitted.iter().map(Vec::len).fold(self.excluded.len(), usize::saturating_add);
        if names.len().saturating_mul(subtrees) > MOST_COMPARISONS {
            return Err(format!("{} has more names under constraints than can be looked at", certificate.display()));
        }
        for name in &names {
            if self.excluded.iter().any(|base| within(name, base) != Some(false)) {
                return Err(format!(
                    "the name {} of {} is excluded by a CA's name constraints",
                    show(name),
                    certificate.display()
                ));
            }
            for permitted in &self.permitted {
                let same_form: Vec<&GeneralName> = permitted.iter().filter(|base| form(base) == form(name)).collect();
                if !same_form.is_empty() && !same_form.iter().any(|base| within(name, base) == Some(true)) {
                    return Err(format!(
                        "the name {} of {} is not among those that a CA's name constraints permit",
                        show(name),
                        certificate.display()
                    ));
                }
            }
        }
        Ok(())
    }
}

fn form(name: &GeneralName) -> u8 {
    match name {
        GeneralName::Other(form) => *form,
        GeneralName::Email(_) => 1,
        GeneralName::Dns(_) => 2,
        GeneralName::Directory(_) => 4,
        GeneralName::Uri(_) => 6,
        GeneralName::Ip(_) => 7,
    }
}

fn show(name: &GeneralName) -> String {
    match name {
        GeneralName::Directory(name) => name.to_string(),
        GeneralName::Dns(text) | GeneralName::Email(text) | GeneralName::Uri(text) => text.clone(),
        GeneralName::Ip(bytes) => hex::encode(bytes),
        GeneralName::Other(form) => format!("of form {form}"),
    }
}

/// Whether a name lies in a subtree: `Some(false)` also for another form, `None` for a form that cannot be judged.
fn within(name: &GeneralName, base: &GeneralName) -> Option<bool> {
    if form(name) != form(base) {
        return Some(false);
    }
    match (name, base) {
        (GeneralName::Directory(name), GeneralName::Directory(base)) => Some(directory(name, base)),
        (GeneralName::Dns(name), GeneralName::Dns(base)) => Some(domain(name, base)),
        (GeneralName::Email(name), GeneralName::Email(base)) => Some(email(name, base)),
        (GeneralName::Uri(name), GeneralName::Uri(base)) => uri_host(name).map(|host| host_within(host, base)),
        (GeneralName::Ip(name), GeneralName::Ip(base)) => Some(ip(name, base)),
        _ => None,
    }
}

fn directory(name: &Name, base: &Name) -> bool {
    name.is_within(base)
}

fn domain(name: &str, base: &str) -> bool {
    let (name, base) = (name.to_ascii_lowercase(), base.to_ascii_lowercase());
    let base = base.trim_start_matches('.');
    base.is_empty() || name == base || name.strip_suffix(base).is_some_and(|rest| rest.ends_with('.'))
}

/// A host or, with a leading full stop, all hosts below a domain.
fn host_within(host: &str, base: &str) -> bool {
    let (host, base) = (host.to_ascii_lowercase(), base.to_ascii_lowercase());
    match base.strip_prefix('.') {
        Some(domain) => host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.')),
        None => host == base,
    }
}

fn email(name: &str, base: &str) -> bool {
    let Some((local, host)) = name.rsplit_once('@') else { return false };
    match base.rsplit_once('@') {
        Some((base_local, base_host)) => local == base_local && host.eq_ignore_ascii_case(base_host),
        None => host_within(host, base),
    }
}

/// The host of a URI; `None` without a host name, which cannot be judged and so is refused (section 4.2.1.10).
fn uri_host(uri: &str) -> Option<&str> {
    let (_, rest) = uri.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let host = host.split(':').next()?;
    (!host.is_empty() && !host.starts_with('[') && host.parse::<std::net::Ipv4Addr>().is_err()).then_some(host)
}

fn ip(name: &[u8], base: &[u8]) -> bool {
    let Some((address, mask)) = base.split_at_checked(name.len()) else { return false };
    mask.len() == name.len() && name.iter().zip(address).zip(mask).all(|((n, a), m)| n & m == a & m)
}

//! Certificate policies along a path (RFC 5280 section 6.1), with the graph of RFC 9618 in place of the tree, which hostile mappings
//! make grow without bound.

use super::certificate::Certificate;
use std::collections::{BTreeMap, BTreeSet};

/// anyPolicy.
const ANY: &str = "2.5.29.32.0";

/// Policies, or mappings, of one certificate: what a level of the graph costs grows with their square.
const MOST: usize = 256;

/// What the caller asks of policies.
#[derive(Debug, Clone, Default)]
pub struct PolicyInputs {
    /// user-initial-policy-set; empty for any.
    pub policies: BTreeSet<String>,
    /// initial-explicit-policy.
    pub explicit: bool,
    /// initial-policy-mapping-inhibit.
    pub inhibit_mapping: bool,
    /// initial-any-policy-inhibit.
    pub inhibit_any: bool,
}

/// A node of one level: the policies of the issuer's domain that lead to it, and what is expected of the next certificate.
#[derive(Debug, Clone, Default)]
struct Node {
    parents: BTreeSet<String>,
    expected: BTreeSet<String>,
}

/// The state of policy processing.
#[derive(Debug, Clone)]
pub struct Policies {
    /// Of each certificate the valid policies; `None` once no policy is valid any more.
    levels: Option<Vec<BTreeMap<String, Node>>>,
    explicit: u32,
    inhibit_any: u32,
    mapping: u32,
}

impl Policies {
    /// The state before the first of `length` certificates.
    pub fn new(inputs: &PolicyInputs, length: u32) -> Self {
        let start = |set: bool| if set { 0 } else { length.saturating_add(1) };
        let root = Node { parents: BTreeSet::new(), expected: BTreeSet::from([ANY.to_owned()]) };
        Self {
            levels: Some(vec![BTreeMap::from([(ANY.to_owned(), root)])]),
            explicit: start(inputs.explicit),
            inhibit_any: start(inputs.inhibit_any),
            mapping: start(inputs.inhibit_mapping),
        }
    }

    /// Basic processing of a certificate (6.1.3 d to f). `is_last` for the target.
    pub fn process(&mut self, certificate: &Certificate, is_last: bool) -> Result<(), &'static str> {
        let extensions = certificate.extensions();
        if extensions.policies.as_ref().map_or(0, Vec::len).max(extensions.mappings.len()) > MOST {
            return Err("a certificate has more policies or mappings than can be looked at");
        }
        match &certificate.extensions().policies {
            None => self.levels = None,
            Some(policies) => {
                let any_allowed = self.inhibit_any > 0 || (!is_last && certificate.is_self_issued());
                if let Some(levels) = &mut self.levels {
                    let next = next_level(levels.last(), policies, any_allowed);
                    if next.is_empty() {
                        self.levels = None;
                    } else {
                        levels.push(next);
                    }
                }
            }
        }
        if self.levels.is_none() && self.explicit == 0 {
            return Err("no certificate policy is valid along the path, and one is required");
        }
        Ok(())
    }

    /// Preparation for the next certificate (6.1.4 a, b, h to j).
    pub fn prepare(&mut self, certificate: &Certificate) -> Result<(), &'static str> {
        let extensions = certificate.extensions();
        if extensions.mappings.iter().any(|(from, to)| from == ANY || to == ANY) {
            return Err("a policy mapping concerns anyPolicy");
        }
        self.map(&extensions.mappings);
        if !certificate.is_self_issued() {
            for counter in [&mut self.explicit, &mut self.mapping, &mut self.inhibit_any] {
                *counter = counter.saturating_sub(1);
            }
        }
        let limits = [
            (&mut self.explicit, extensions.require_explicit),
            (&mut self.mapping, extensions.inhibit_mapping),
            (&mut self.inhibit_any, extensions.inhibit_any),
        ];
        for (counter, limit) in limits {
            *counter = limit.map_or(*counter, |limit| limit.min(*counter));
        }
        Ok(())
    }

    fn map(&mut self, mappings: &[(String, String)]) {
        if mappings.is_empty() {
            return;
        }
        let Some(level) = self.levels.as_mut().and_then(|l| l.last_mut()) else { return };
        let mut by_issuer: BTreeMap<&String, BTreeSet<String>> = BTreeMap::new();
        for (from, to) in mappings {
            by_issuer.entry(from).or_default().insert(to.clone());
        }
        for (from, to) in by_issuer {
            if self.mapping > 0 {
                if let Some(node) = level.get_mut(from) {
                    node.expected = to;
                } else if level.contains_key(ANY) {
                    level.insert(from.clone(), Node { parents: BTreeSet::from([ANY.to_owned()]), expected: to });
                }
            } else {
                level.remove(from);
            }
        }
        if level.is_empty() {
            self.levels = None;
        }
    }

    /// Wrap-up after the target (6.1.5 a, b, g).
    pub fn finish(mut self, target: &Certificate, wanted: &BTreeSet<String>) -> Result<(), &'static str> {
        self.explicit = self.explicit.saturating_sub(1);
        if target.extensions().require_explicit == Some(0) {
            self.explicit = 0;
        }
        if self.explicit > 0 {
            return Ok(());
        }
        let valid = self.levels.as_deref().map(authority_policies).unwrap_or_default();
        let any_wanted = wanted.is_empty() || wanted.contains(ANY);
        if valid.is_empty() || !(any_wanted || valid.contains(ANY) || valid.intersection(wanted).next().is_some()) {
            return Err("no certificate policy that is asked for is valid along the path");
        }
        Ok(())
    }
}

fn next_level(
    level: Option<&BTreeMap<String, Node>>,
    policies: &[String],
    any_allowed: bool,
) -> BTreeMap<String, Node> {
    let Some(level) = level else { return BTreeMap::new() };
    let mut next: BTreeMap<String, Node> = BTreeMap::new();
    let mut add = |policy: &str, parent: &str| {
        let node = next.entry(policy.to_owned()).or_default();
        node.parents.insert(parent.to_owned());
        node.expected = BTreeSet::from([policy.to_owned()]);
    };
    let mut covered: BTreeSet<&str> = BTreeSet::new();
    for policy in policies.iter().filter(|p| *p != ANY) {
        let mut matched = false;
        for (valid, node) in level {
            if node.expected.contains(policy) {
                add(policy, valid);
                matched = true;
            }
        }
        if !matched && level.contains_key(ANY) {
            add(policy, ANY);
        }
        covered.insert(policy);
    }
    if any_allowed && policies.iter().any(|p| p == ANY) {
        for (valid, node) in level {
            for expected in node.expected.iter().filter(|e| !covered.contains(e.as_str())) {
                add(expected, valid);
            }
        }
    }
    next
}

/// The policies of the anchor's domain that are valid to the end: those whose only ancestor is anyPolicy (RFC 9618 section 5.5).
fn authority_policies(levels: &[BTreeMap<String, Node>]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut reached: BTreeSet<String> = levels.last().map(|l| l.keys().cloned().collect()).unwrap_or_default();
    for level in levels.iter().rev() {
        let mut above = BTreeSet::new();
        for policy in &reached {
            let Some(node) = level.get(policy) else { continue };
            if node.parents.is_empty() || (node.parents.contains(ANY) && policy != ANY) {
                found.insert(policy.clone());
            }
            above.extend(node.parents.iter().cloned());
        }
        // anyPolicy at the last level stands for every policy
        reached = above;
    }
    let last_any = levels.last().is_some_and(|l| l.contains_key(ANY));
    if !last_any {
        found.remove(ANY);
    }
    found
}

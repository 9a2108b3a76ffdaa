//! Origins, their addresses, and the certificates that these show; and the reports of
//! `podprobe host` and `podprobe cert`, which are made of the same.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;

use super::{Days, Fault, Finding, Millis, Name, Stamp, Text};
use crate::judge::{Code, Severity, Verdict};
use crate::parties::Role;

/// One origin: scheme, host and port.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Origin {
    /// `https://host:443`, the port always there.
    pub origin: Text,
    /// What its host does on the way.
    pub role: Name<Role>,
    /// Whose host it is; null where that is not known.
    pub provider: Option<Text>,
    /// The worst of its findings.
    pub verdict: Name<Verdict>,
    /// Episodes whose chains run through it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(required)]
    pub episodes_through: Option<u64>,
    /// Feeds that these episodes belong to.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(required)]
    pub feeds_through: Option<u64>,
    /// Its name.
    pub dns: Dns,
    /// Every address, each asked for a handshake.
    pub edges: Vec<Edge>,
    /// The host without scheme and default port, for people.
    #[serde(skip)]
    pub host: Text,
    /// Where its operator says how it is.
    #[serde(skip)]
    pub status_page: Option<Text>,
    /// Where to write to.
    #[serde(skip)]
    pub support: Option<Text>,
}

/// What a name resolved to.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Dns {
    /// All addresses that are used.
    pub addresses: Vec<Text>,
    /// The CNAME chain, in order.
    pub cname: Vec<Text>,
    /// How long it took; null where nothing was asked.
    pub ms: Option<Millis>,
    /// Why there is no address; null where there is.
    pub error: Option<Fault>,
    /// How many addresses were given for the name; more than are used where there are over 16.
    /// Of each family 254 are counted at most.
    pub given: usize,
}

/// One address of an origin.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Edge {
    /// Address and port.
    pub address: Text,
    /// Whether TCP could be opened.
    pub reachable: bool,
    /// What the handshake showed; null over cleartext and where none came to be.
    pub tls: Option<Tls>,
    /// Why it cannot be used; null where it can.
    pub error: Option<Fault>,
    /// How long TCP took.
    #[serde(skip)]
    pub connect_ms: Option<Millis>,
    /// How long the handshake took.
    #[serde(skip)]
    pub tls_ms: Option<Millis>,
}

impl Edge {
    /// Whether nothing came of it, good or bad: podprobe was stopped before.
    pub fn is_unseen(&self) -> bool {
        self.error.is_none() && self.tls.is_none() && !self.reachable
    }
}

/// A TLS session and the verdict over the chain it showed.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Tls {
    /// `TLSv1.3`, `TLSv1.2`; an older one where the server speaks nothing else.
    pub version: Text,
    /// The cipher suite's name.
    pub cipher: Text,
    /// The application protocol agreed.
    pub alpn: Option<Text>,
    /// The certificates as sent, leaf first.
    pub chain: Vec<Arc<Certificate>>,
    /// What was sent in place of certificates; the field is there only where something was.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unreadable: Vec<Unreadable>,
    /// The verifier's answer; false when revoked.
    pub trusted: bool,
    /// The earliest end of the path used, or of what was served where there is none.
    pub expires_at: Option<Stamp>,
    /// Days from the evaluation to there; negative when past.
    pub expires_in_days: Option<Days>,
    /// Every certificate code that applies.
    pub problems: Vec<Name<Code>>,
    /// The ids of the trust stores that hold the root (`mozilla`, `system`, `ca-file`, or the NAME of
    /// `--trust NAME=FILE`); empty where the chain leads to none.
    pub trusted_by: Vec<Text>,
    /// The ids of public stores that do not, where another public store does: devices that have
    /// these refuse the host. The field is there only where one is.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_trusted_by: Vec<Text>,
    /// The root that the path used leads to.
    #[serde(skip)]
    pub root: Option<Text>,
    /// The evidence for each problem.
    #[serde(skip)]
    pub reasons: Vec<Reason>,
    /// What is odd and no problem.
    #[serde(skip)]
    pub remarks: Vec<Text>,
}

/// One thing wrong with a chain, for people.
#[derive(Clone, Debug)]
pub struct Reason {
    /// Which.
    pub code: Code,
    /// How bad it is here.
    pub severity: Severity,
    /// The evidence.
    pub evidence: Text,
}

/// What one certificate says of itself.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Certificate {
    /// As in RFC 4514.
    pub subject: Text,
    /// As in RFC 4514.
    pub issuer: Text,
    /// Lowercase hex without separators.
    pub serial: Text,
    /// SHA-256 of the whole certificate, lowercase hex without separators.
    pub sha256: Text,
    /// First valid second.
    pub not_before: Stamp,
    /// Last valid second.
    pub not_after: Stamp,
    /// Subject alternative names, up to 100.
    pub names: Vec<Text>,
    /// The public key: `ECDSA P-256`, `RSA 2048`.
    pub key: Text,
    /// What the issuer signed with: `ecdsa-with-SHA256`.
    pub signature: Text,
    /// The issuer's organisation, else its common name: for people.
    #[serde(skip)]
    pub issuer_name: Text,
}

/// Bytes that are no certificate, within a chain.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Unreadable {
    /// Its place in what was sent, from 0.
    pub index: usize,
    /// SHA-256 of the bytes.
    pub sha256: Text,
    /// Why it cannot be read.
    pub why: Text,
}

/// What `podprobe host --format json` prints.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct OriginsReport {
    /// `podprobe.origins/v1`.
    pub schema: &'static str,
    /// The worst of everything.
    pub verdict: Name<Verdict>,
    /// True where podprobe was stopped before all addresses were looked at; otherwise the field is
    /// not there.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub interrupted: bool,
    /// Every host asked for, in the order given.
    pub origins: Vec<Origin>,
    /// All findings: causes first, then by severity, code and subject.
    pub findings: Vec<Finding>,
    /// The time that certificates were judged for.
    #[serde(skip)]
    pub evaluated_at: Stamp,
    /// Everything was down, the canaries too.
    #[serde(skip)]
    pub offline: bool,
}

/// What `podprobe cert --format json` prints.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct CertReport {
    /// `podprobe.cert/v1`.
    pub schema: &'static str,
    /// The worst of its problems.
    pub verdict: Name<Verdict>,
    /// The verifier's answer: path, dates, name, usage.
    pub trusted: bool,
    /// Every certificate code that applies.
    pub problems: Vec<Name<Code>>,
    /// The certificates in the file, in its order.
    pub chain: Vec<Arc<Certificate>>,
    /// What stood there in place of certificates; the field is there only where something did.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unreadable: Vec<Unreadable>,
    /// The ids of the trust stores that hold the root (`mozilla`, `system`, `ca-file`, or the NAME of
    /// `--trust NAME=FILE`); empty where the chain leads to none.
    pub trusted_by: Vec<Text>,
    /// The ids of public stores that do not, where another public store does: devices that have
    /// these refuse the host. The field is there only where one is.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_trusted_by: Vec<Text>,
    /// The root that the path used leads to.
    #[serde(skip)]
    pub root: Option<Text>,
    /// The evidence for each problem.
    #[serde(skip)]
    pub reasons: Vec<Reason>,
    /// What is odd and no problem.
    #[serde(skip)]
    pub remarks: Vec<Text>,
    /// The host it was judged for.
    #[serde(skip)]
    pub host: Option<Text>,
    /// The earliest end of the path used, or of the file's certificates where there is none.
    #[serde(skip)]
    pub expires_at: Option<Stamp>,
    /// The time it was judged for.
    #[serde(skip)]
    pub evaluated_at: Stamp,
}

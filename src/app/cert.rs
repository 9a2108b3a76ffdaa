//! `podprobe cert`: a chain in a file, judged before it is deployed. No network.

use std::io::Read as _;
use std::path::Path;

use super::{Exit, Fault, clock, output, settings, stores};
use crate::cert;
use crate::cli::{CertCommand, PlainFormat};
use crate::judge::{Policy, trust};
use crate::link::{Host, Link};
use crate::report;

/// Bytes of a file that are looked at; a chain has 64 KiB at most.
const MAX_FILE: u64 = 4 << 20;

pub(super) fn run(arguments: &CertCommand) -> Result<Exit, Fault> {
    let at = settings::at(&arguments.trust, clock::now())?;
    let host = arguments.host.as_deref().map(host).transpose()?;
    let bytes =
        read(&arguments.file).map_err(|why| Fault::Certificates(format!("{}: {why}", arguments.file.display())))?;
    let ders =
        cert::from_file(&bytes).map_err(|why| Fault::Certificates(format!("{}: {why}", arguments.file.display())))?;
    let stores = stores::load(&arguments.trust)?;
    let served = cert::served(ders.iter().map(Vec::as_slice));
    let judged = trust::judge_served(&served, host.as_ref(), None, &stores, &Policy::default(), at);
    let report = report::cert(&served, &judged, host.as_ref(), at);
    let text = match arguments.format {
        PlainFormat::Text => report::text::cert(&report, &output::style(&arguments.output)),
        PlainFormat::Json => output::json(&report),
    };
    output::deliver(&text, arguments.output.output.as_deref())?;
    Ok(Exit::of(report.verdict.0, arguments.output.fail_on))
}

fn host(text: &str) -> Result<Host, settings::SettingsError> {
    let fault = || settings::SettingsError::Host { given: text.to_owned() };
    if let Ok(ip) = text.parse() {
        return Ok(Host::Ip(ip));
    }
    let link = Link::parse(&format!("https://{text}/")).map_err(|_| fault())?;
    if text.contains(['/', ':', '@', '?', '#']) { Err(fault()) } else { Ok(link.origin().host) }
}

fn read(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if path.as_os_str() == "-" {
        std::io::stdin().take(MAX_FILE).read_to_end(&mut bytes)?;
    } else {
        std::fs::File::open(path)?.take(MAX_FILE).read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}

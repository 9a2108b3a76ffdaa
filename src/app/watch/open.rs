//! From a configuration's file to a daemon: everything that can be wrong is found before the first
//! packet is sent.

use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;

use super::channels::{Channels, http};
use super::daemon::{Daemon, Parts};
use super::round::Equipment;
use crate::app::{Fault, catalogue, configuration, settings, stores};
use crate::cert::Fingerprint;
use crate::cli::{Network, Trust};
use crate::config::{NetworkSettings, Settings, TrustSettings};
use crate::notify::Http;
use crate::parties::Catalogue;
use crate::store::{Place, Store};

/// A configuration that is whole.
#[derive(Debug)]
pub(in crate::app) struct Configured {
    pub(in crate::app) settings: Settings,
    /// What works and may surprise.
    pub(in crate::app) remarks: Vec<String>,
    pub(super) catalogue: Arc<Catalogue>,
    pub(super) equipment: Equipment,
    pub(in crate::app) channels: Channels,
    /// What channels and the heartbeat send with.
    pub(in crate::app) http: Http,
}

/// Reads a configuration and opens what it names, but for the store.
pub(in crate::app) fn configured(path: &Path) -> Result<Configured, Fault> {
    let loaded = configuration::read(path)?;
    let remarks = loaded.remarks.iter().map(|remark| remark.line(path)).collect();
    let settings = loaded.settings;
    let stores = Arc::new(stores::load(&trust(&settings.trust))?);
    let network = network(&settings.network);
    let canaries = settings::canaries(&network);
    let equipment = Equipment { network: settings::network(&network, &stores)?, stores: Arc::clone(&stores), canaries };
    let http = http(&settings.network.user_agent, &stores).map_err(Fault::Channel)?;
    let channels = Channels::open(&settings.channels, &http).map_err(Fault::Channel)?;
    let catalogue = Arc::new(catalogue::load(&settings.catalogs)?);
    Ok(Configured { settings, remarks, catalogue, equipment, channels, http })
}

/// What the channels of this configuration are reached with.
pub(in crate::app) fn http_of(settings: &Settings) -> Result<Http, Fault> {
    let stores = stores::load(&trust(&settings.trust))?;
    http(&settings.network.user_agent, &stores).map_err(Fault::Channel)
}

/// A daemon over this configuration, alone on its store.
pub(super) async fn daemon(configured: Configured, now: Timestamp) -> Result<Daemon, Fault> {
    let seed = seed(&configured.settings);
    seeded(configured, now, seed).await
}

async fn seeded(configured: Configured, now: Timestamp, seed: u64) -> Result<Daemon, Fault> {
    let place = Place::parse(configured.settings.store.url.expose())?;
    let store = Store::open(&place, now).await?;
    let settings = Arc::new(configured.settings);
    let parts = Parts {
        seed,
        settings,
        catalogue: configured.catalogue,
        equipment: configured.equipment,
        channels: configured.channels,
        store: Arc::new(store),
        http: configured.http,
    };
    Ok(Daemon::open(parts, now).await?)
}

/// Opens the daemon that `podprobe watch --config PATH` runs, with the time that it is now; for tests
/// and whoever embeds podprobe.
pub async fn open(path: &Path, now: Timestamp) -> Result<Daemon, Fault> {
    daemon(configured(path)?, now).await
}

/// The same with a seed of the caller's for what spreads rounds over time: a night that is played
/// twice goes the same way.
pub async fn open_seeded(path: &Path, now: Timestamp, seed: u64) -> Result<Daemon, Fault> {
    seeded(configured(path)?, now, seed).await
}

/// What spreads the rounds of many installations: the same at every start of one.
fn seed(settings: &Settings) -> u64 {
    let name = format!("{}\n{}", hostname(), settings.file.display());
    Fingerprint::of(name.as_bytes()).0.iter().take(8).fold(0_u64, |seed, byte| (seed << 8) | u64::from(*byte))
}

fn hostname() -> String {
    std::fs::read_to_string("/etc/hostname").unwrap_or_default()
}

fn network(network: &NetworkSettings) -> Network {
    Network {
        resolve: network.resolve.clone(),
        connect_to: network.connect_to.clone(),
        dns: network.dns,
        allow_net: network.allow_net.clone(),
        canary: network.canaries.clone(),
        concurrency: network.concurrency,
        per_host: network.per_host,
        connect_timeout: network.connect_timeout,
        timeout: network.timeout,
        max_redirects: network.max_redirects,
        user_agent: network.user_agent.clone(),
    }
}

fn trust(trust: &TrustSettings) -> Trust {
    Trust {
        at: None,
        ca_file: trust.ca_files.clone(),
        trust: trust.stores.iter().map(|(name, path)| format!("{name}={}", path.display())).collect(),
        no_default_roots: trust.no_default_roots,
    }
}

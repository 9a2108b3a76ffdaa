//! The channels of a configuration, opened: `config` knows where an option stands, `notify` what it
//! means; here they meet.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rustls::pki_types::CertificateDer;

use crate::config::ChannelSettings;
use crate::judge::trust::Stores;
use crate::notify::{Channel, Http, HttpSettings, Options, Rates, kind};

/// The channels, by name. Clones are the same channels.
#[derive(Clone, Default)]
pub(in crate::app) struct Channels {
    by_name: Arc<BTreeMap<String, Box<dyn Channel>>>,
    /// Channels that are not for everything: for escalations or for the owners of shows only.
    reserved: Arc<BTreeSet<String>>,
}

impl std::fmt::Debug for Channels {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.by_name.keys()).finish()
    }
}

/// How channels reach their platforms: over the web's own roots and those of the configuration.
pub(in crate::app) fn http(user_agent: &str, stores: &Stores) -> Result<Http, String> {
    let roots = stores.all().iter().flat_map(|store| &store.roots);
    let roots = roots.map(|root| CertificateDer::from(root.der.to_vec()));
    // Of the system's there are always some that rustls cannot read.
    let roots = roots.filter(|root| rustls::RootCertStore::empty().add(root.clone()).is_ok()).collect();
    let mut settings = HttpSettings::new(user_agent.to_owned());
    settings.roots = roots;
    Http::new(settings)
}

impl Channels {
    /// Opens every channel. Their options were held against their kinds when the configuration was
    /// read; what only opening shows is told for the first that does not open.
    pub(in crate::app) fn open(channels: &[ChannelSettings], http: &Http) -> Result<Self, String> {
        let open = channels.iter().map(|channel| Ok((channel.name.clone(), open_channel(channel, http)?)));
        let by_name = Arc::new(open.collect::<Result<_, String>>()?);
        let reserved = channels.iter().filter(|channel| channel.escalation_only || channel.owner_only);
        Ok(Self { by_name, reserved: Arc::new(reserved.map(|channel| channel.name.clone()).collect()) })
    }

    /// Channels that are open already.
    pub(in crate::app) fn of(channels: impl IntoIterator<Item = (String, Box<dyn Channel>)>) -> Self {
        Self { by_name: Arc::new(channels.into_iter().collect()), reserved: Arc::default() }
    }

    /// The channel of this name.
    pub(in crate::app) fn get(&self, name: &str) -> Option<&dyn Channel> {
        self.by_name.get(name).map(AsRef::as_ref)
    }

    /// How often the platform of this channel takes a message; `None` where it publishes nothing.
    pub(in crate::app) fn rates(&self, name: &str) -> Option<Rates> {
        let rates = kind(self.get(name)?.kind())?.rates;
        (!rates.limits.is_empty()).then_some(rates)
    }

    /// Their names.
    pub(in crate::app) fn names(&self) -> impl Iterator<Item = &str> {
        self.by_name.keys().map(String::as_str)
    }

    /// Those that are told what concerns podprobe itself, but for one: nobody is woken for that and
    /// no owner of a show is bothered, unless there is nobody else.
    pub(in crate::app) fn for_service(&self, but: Option<&str>) -> Vec<&str> {
        let names = self.by_name.keys().map(String::as_str).filter(|name| Some(*name) != but);
        let (reserved, open): (Vec<&str>, Vec<&str>) = names.partition(|name| self.reserved.contains(*name));
        if open.is_empty() { reserved } else { open }
    }
}

/// Opens one channel. The message holds no secret.
pub(in crate::app) fn open_channel(channel: &ChannelSettings, http: &Http) -> Result<Box<dyn Channel>, String> {
    let Some(kind) = kind(&channel.kind) else {
        return Err(format!("channel {:?}: there is no kind {:?}", channel.name, channel.kind));
    };
    let options: Options = channel.options.iter().map(|option| (option.key.clone(), option.value.clone())).collect();
    kind.open(&options, http).map_err(|bad| format!("channel {:?}: {bad}", channel.name))
}

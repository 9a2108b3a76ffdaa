//! The channels of a configuration, opened: `config` knows where an option stands, `notify` what it
//! means; here they meet.

use std::collections::BTreeMap;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;

use crate::config::{ChannelSettings, Place};
use crate::judge::trust::Stores;
use crate::notify::{BadOption, Channel, Http, HttpSettings, Options, kind};

/// The channels, by name. Clones are the same channels.
#[derive(Clone, Default)]
pub(in crate::app) struct Channels {
    by_name: Arc<BTreeMap<String, Box<dyn Channel>>>,
}

impl std::fmt::Debug for Channels {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.by_name.keys()).finish()
    }
}

/// A mistake in a channel's table.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::app) struct ChannelMistake {
    /// Where.
    pub(in crate::app) place: Place,
    /// What is wrong; holds no secret.
    pub(in crate::app) why: String,
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
    /// Opens every channel, or says everything that is wrong with them.
    pub(in crate::app) fn open(channels: &[ChannelSettings], http: &Http) -> Result<Self, Vec<ChannelMistake>> {
        let mut by_name = BTreeMap::new();
        let mut mistakes = Vec::new();
        for channel in channels {
            match open_channel(channel, http) {
                Ok(open) => drop(by_name.insert(channel.name.clone(), open)),
                Err(more) => mistakes.extend(more),
            }
        }
        if mistakes.is_empty() { Ok(Self { by_name: Arc::new(by_name) }) } else { Err(mistakes) }
    }

    /// Channels that are open already.
    pub(in crate::app) fn of(channels: impl IntoIterator<Item = (String, Box<dyn Channel>)>) -> Self {
        Self { by_name: Arc::new(channels.into_iter().collect()) }
    }

    /// The channel of this name.
    pub(in crate::app) fn get(&self, name: &str) -> Option<&dyn Channel> {
        self.by_name.get(name).map(AsRef::as_ref)
    }

    /// Their names.
    pub(in crate::app) fn names(&self) -> impl Iterator<Item = &str> {
        self.by_name.keys().map(String::as_str)
    }
}

/// Opens one channel, or says everything that is wrong with its table.
pub(in crate::app) fn open_channel(
    channel: &ChannelSettings,
    http: &Http,
) -> Result<Box<dyn Channel>, Vec<ChannelMistake>> {
    let here = |why: String| vec![ChannelMistake { place: channel.place, why }];
    let Some(kind) = kind(&channel.kind) else {
        let kinds: Vec<&str> = crate::notify::KINDS.iter().map(|kind| kind.name).collect();
        let why = format!("channel {:?}: there is no kind {:?}; there are {}", channel.name, channel.kind, kinds.join(", "));
        return Err(here(why));
    };
    let options: Options = channel.options.iter().map(|option| (option.key.clone(), option.value.clone())).collect();
    let say = |bad: BadOption| {
        let place = channel.options.iter().find(|option| option.key == bad.key).map_or(channel.place, |o| o.place);
        ChannelMistake { place, why: format!("channel {:?}: {bad}", channel.name) }
    };
    let mistakes = kind.mistakes(&options);
    if mistakes.is_empty() {
        kind.open(&options, http).map_err(|bad| vec![say(bad)])
    } else {
        Err(mistakes.into_iter().map(say).collect())
    }
}

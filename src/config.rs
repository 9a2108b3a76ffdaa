//! `config` loads: `podprobe.toml` and the environment become [`Settings`], every mistake reported
//! at once with its line and column. It acts on none of them; what a channel's options mean is
//! `notify`'s.

mod secret;
mod settings;

pub use secret::Secret;
pub use settings::{
    ChannelSettings, DigestSettings, EndpointSettings, HeartbeatSettings, Level, LogFormat, LogSettings,
    NetworkSettings, OptionValue, Place, Settings, SourceSettings, StoreSettings, TrustSettings, WebSettings,
};

//! The profiles: what is documented of each app, with its source. What is not sure is not here.

use super::{Fact, Profile, RefusedType, TlsVersion};

/// A lifetime of certificates that is not looked at.
pub const NO_LIMIT: i64 = i64::MAX;

#[expect(clippy::unnecessary_wraps, reason = "a profile's fields hold what may not be known")]
const fn fact<T: Copy>(is: T, source: &'static str) -> Option<Fact<T>> {
    Some(Fact { is, source })
}

/// An app of which nothing is known, to build the others from.
const UNKNOWN: Profile = Profile {
    id: "",
    name: "",
    about: "",
    redirects: None,
    downgrade: None,
    upgrade: None,
    cleartext: None,
    refused_types: None,
    least_bytes: None,
    needs_range: None,
    needs_head: None,
    fetches_issuers: None,
    needs_timestamps: None,
    most_days: None,
    needs_usage: None,
    checks_revocation: None,
    least_tls: None,
    forward_secrecy: None,
    stores: &[],
    store_decides: false,
};

/// What Apple's systems demand of certificates, whichever app asks.
const APPLE: Profile = Profile {
    needs_timestamps: fact(true, "support.apple.com/103214 (Certificate Transparency policy)"),
    most_days: fact(398, "support.apple.com/102028 (limits on trusted certificates, from 2020-09-01)"),
    needs_usage: fact(true, "support.apple.com/103769 (requirements for trusted certificates)"),
    stores: &["apple"],
    ..UNKNOWN
};

/// What Android does for every app that does not ask for something else.
const ANDROID: Profile = Profile {
    fetches_issuers: fact(
        false,
        "developer.android.com/privacy-and-security/security-ssl (missing intermediate certificate authority)",
    ),
    needs_timestamps: fact(
        false,
        "developer.android.com/privacy-and-security/security-config (certificateTransparency is off by default)",
    ),
    stores: &["android"],
    ..UNKNOWN
};

const OKHTTP_REDIRECTS: Option<Fact<u32>> = fact(20, "OkHttp, RetryAndFollowUpInterceptor: MAX_FOLLOW_UPS");
const OKHTTP_DOWNGRADE: Option<Fact<bool>> = fact(true, "OkHttp, OkHttpClient: followSslRedirects is on by default");
const OKHTTP_TLS: Option<Fact<TlsVersion>> =
    fact(TlsVersion::Tls12, "OkHttp, ConnectionSpec: MODERN_TLS is TLS 1.2 and 1.3");

/// What Pocket Casts' downloader takes for no audio.
const POCKET_CASTS_TYPES: &[RefusedType] = &[
    any("text/"),
    any("image/"),
    any("application/json"),
    any("application/xml"),
    any("application/xhtml+xml"),
    any("application/rss+xml"),
    any("application/atom+xml"),
    any("application/x-www-form-urlencoded"),
    any("application/javascript"),
    any("application/pdf"),
];

const fn any(prefix: &'static str) -> RefusedType {
    RefusedType { prefix, below: None }
}

const POCKET_CASTS: &str = "pocket-casts-android, EpisodeDownloader.kt";
const ANTENNAPOD: &str = "AntennaPod, HttpDownloader.java";
const MEDIA3: &str = "androidx.media3, DefaultHttpDataSource";
const CURL: &str = "curl(1)";
const OPENSSL: &str = "openssl-verification-options(1)";

/// Every app that `--as` knows.
pub const PROFILES: &[Profile] = &[
    Profile {
        id: "apple",
        name: "Apple Podcasts",
        about: "Apple's app and directory, on Apple's network stack.",
        redirects: fact(16, "CFNetwork, as Safari: HTTPTooManyRedirects after 16"),
        needs_range: fact(true, "podcasters.apple.com/support/823-podcast-requirements"),
        needs_head: fact(true, "podcasters.apple.com/support/823-podcast-requirements"),
        ..APPLE
    },
    Profile {
        id: "ios",
        name: "iOS apps with the system's defaults",
        about: "An app that downloads with URLSession under App Transport Security and makes no exception.",
        redirects: fact(16, "CFNetwork, as Safari: HTTPTooManyRedirects after 16"),
        cleartext: fact(false, "developer.apple.com, NSAppTransportSecurity: http is refused"),
        least_tls: fact(TlsVersion::Tls12, "developer.apple.com, NSAppTransportSecurity: TLS 1.2 at least"),
        forward_secrecy: fact(true, "developer.apple.com, NSAppTransportSecurity: forward secrecy is required"),
        ..APPLE
    },
    Profile {
        id: "spotify",
        name: "Spotify",
        about: "Spotify's app. Little of what it asks of a host is documented.",
        ..UNKNOWN
    },
    Profile {
        id: "pocketcasts",
        name: "Pocket Casts",
        about: "Pocket Casts for Android, downloading an episode.",
        redirects: OKHTTP_REDIRECTS,
        downgrade: OKHTTP_DOWNGRADE,
        cleartext: fact(true, "pocket-casts-android, AndroidManifest.xml: usesCleartextTraffic"),
        refused_types: fact(POCKET_CASTS_TYPES, POCKET_CASTS),
        least_bytes: fact(150 << 10, POCKET_CASTS),
        needs_range: fact(false, POCKET_CASTS),
        needs_head: fact(false, POCKET_CASTS),
        least_tls: OKHTTP_TLS,
        ..ANDROID
    },
    Profile {
        id: "overcast",
        name: "Overcast",
        about: "Overcast for iOS. Only what the system demands of certificates is documented.",
        ..APPLE
    },
    Profile {
        id: "antennapod",
        name: "AntennaPod",
        about: "AntennaPod for Android, downloading an episode.",
        redirects: OKHTTP_REDIRECTS,
        downgrade: fact(true, "AntennaPod, AntennapodHttpClient.java: followSslRedirects"),
        cleartext: fact(true, "AntennaPod, network_security_config.xml: cleartextTrafficPermitted"),
        refused_types: fact(&[RefusedType { prefix: "text/", below: Some(100 << 10) }], ANTENNAPOD),
        least_bytes: fact(0, ANTENNAPOD),
        needs_range: fact(false, ANTENNAPOD),
        needs_head: fact(false, ANTENNAPOD),
        ..ANDROID
    },
    Profile {
        id: "exoplayer",
        name: "Media3 (ExoPlayer) with its defaults",
        about: "An app for Android 9 or later that plays with DefaultHttpDataSource and changes nothing.",
        redirects: fact(20, "androidx.media3, DefaultHttpDataSource: MAX_REDIRECTS"),
        downgrade: fact(false, "androidx.media3, DefaultHttpDataSource: allowCrossProtocolRedirects is off by default"),
        upgrade: fact(false, "androidx.media3, DefaultHttpDataSource: allowCrossProtocolRedirects is off by default"),
        cleartext: fact(
            false,
            "developer.android.com/privacy-and-security/security-config (off by default since Android 9)",
        ),
        refused_types: fact(&[], "androidx.media3, DefaultHttpDataSource: contentTypePredicate is null by default"),
        least_bytes: fact(0, MEDIA3),
        needs_range: fact(false, "androidx.media3, DefaultHttpDataSource: skips by itself where 200 is answered"),
        needs_head: fact(false, MEDIA3),
        ..ANDROID
    },
    Profile {
        id: "okhttp",
        name: "OkHttp with its defaults",
        about: "An Android app that downloads with OkHttp. Whether it may use http is in its own manifest.",
        redirects: OKHTTP_REDIRECTS,
        downgrade: OKHTTP_DOWNGRADE,
        refused_types: fact(&[], "OkHttp: answers are handed on as they are"),
        least_bytes: fact(0, "OkHttp: answers are handed on as they are"),
        needs_range: fact(false, "OkHttp: asks for no range by itself"),
        needs_head: fact(false, "OkHttp: asks with the method it is told"),
        least_tls: OKHTTP_TLS,
        ..ANDROID
    },
    Profile {
        id: "browser",
        name: "Browsers",
        about: "The link opened in Chrome, Edge or Firefox.",
        redirects: fact(20, "Fetch standard, HTTP-redirect fetch: redirect count 20"),
        downgrade: fact(true, "Fetch standard, HTTP-redirect fetch"),
        cleartext: fact(true, "Fetch standard, HTTP(S) scheme"),
        least_bytes: fact(0, "HTML standard, media elements: no smallest size"),
        needs_range: fact(false, "HTML standard, media elements: a resource without ranges plays from its start"),
        needs_head: fact(false, "HTML standard, media elements: fetched with GET"),
        fetches_issuers: fact(true, "Chromium: AIA fetching; Firefox: intermediate preloading"),
        needs_timestamps: fact(true, "googlechrome.github.io/CertificateTransparency (Chrome CT policy)"),
        most_days: fact(398, "Chromium, cert_verify_proc: HasTooLongValidity, from 2020-09-01"),
        least_tls: fact(TlsVersion::Tls12, "Chrome 84, Edge 84 and Firefox 78 switched older versions off (RFC 8996)"),
        stores: &["chrome", "firefox"],
        ..UNKNOWN
    },
    Profile {
        id: "curl",
        name: "curl",
        about: "curl --location, built with OpenSSL: scripts, and many small downloaders.",
        redirects: fact(50, "curl(1): --max-redirs is 50 by default"),
        downgrade: fact(true, "curl(1): --proto-redir allows http by default"),
        cleartext: fact(true, CURL),
        refused_types: fact(&[], CURL),
        least_bytes: fact(0, CURL),
        needs_range: fact(false, CURL),
        needs_head: fact(false, CURL),
        fetches_issuers: fact(false, OPENSSL),
        needs_timestamps: fact(false, OPENSSL),
        most_days: fact(NO_LIMIT, OPENSSL),
        needs_usage: fact(false, OPENSSL),
        checks_revocation: fact(false, "curl(1): only with --crlfile or --cert-status"),
        ..UNKNOWN
    },
    Profile {
        id: "old-android",
        name: "Old Android",
        about: "Android 7.0 and earlier, whose trust store ends in 2016: give it as --trust old-android=FILE.",
        cleartext: fact(
            true,
            "developer.android.com/privacy-and-security/security-config (on by default before Android 9)",
        ),
        store_decides: true,
        stores: &["old-android"],
        ..ANDROID
    },
];

//! Words for HTTP and redirects.

use super::Words;

pub(crate) const HTTP_ERROR: Words = Words {
    title: "A server answers with an error",
    meaning: "One server on the way answered with an error in place of the audio or a redirect, so the download ends \
              there.",
    advice: "The owner of the host named in the evidence must repair it. Tell its support the URL, the status and the \
             time; if it is a measurement prefix, take the prefix out of your episode URLs meanwhile.",
};

pub(crate) const ORIGIN_FAILING: Words = Words {
    title: "A host fails for everything asked of it",
    meaning: "Every file that was asked of this host fails in the same way, so the whole host is down although it \
              still accepts connections. Every episode that runs through it fails.",
    advice: "The host must repair its service. Look at its status page and tell its support; if it is a measurement \
             prefix, take the prefix out of your episode URLs meanwhile.",
};

pub(crate) const HTTP_GONE: Words = Words {
    title: "The file is not there any more",
    meaning: "The last server on the way says that it has no such file (404 or 410). Listeners get an error.",
    advice: "Upload the file again, or correct the episode's URL in your feed; your hosting company can tell you where \
             the file went.",
};

pub(crate) const HTTP_FORBIDDEN: Words = Words {
    title: "The server refuses to hand out the file",
    meaning: "The server asks for a permission that podcast apps do not have (401, 403 or 451). Usually the file is \
              set to private, or a signed link has run out.",
    advice: "Make the file public at your hosting company, or let it repair its signed links. If the host only refuses \
             robots, ask it to let podprobe's User-Agent pass.",
};

pub(crate) const BLOCKED_TO_BOTS: Words = Words {
    title: "The host turns robots away",
    meaning: "A wall against robots answered in place of the host, so podprobe cannot tell what listeners get. They \
              may be fine.",
    advice: "Ask the host to let podprobe's User-Agent pass, and play the episode in an app to be sure. Podcast apps \
             and directories are robots too: a wall before audio files hits them sooner or later.",
};

pub(crate) const HTTP_RATE_LIMITED: Words = Words {
    title: "The host asks to slow down",
    meaning: "The host answered that too much was asked of it (429, or 503 with Retry-After), and still did after \
              waiting as long as it wished. Whether listeners get the file is unknown.",
    advice: "Probe this host less often or with fewer requests at once (--per-host). If listeners see errors as well, \
             the host's limits are too tight for them: tell its support.",
};

pub(crate) const HTTP_TIMEOUT: Words = Words {
    title: "A server accepts the request and stays silent",
    meaning: "A server on the way took the connection but gave no complete answer in time. Apps give up after a wait.",
    advice: "The owner of the host named in the evidence must find out what it waits for. Tell its support the URL and \
             the time; if it is a measurement prefix, take the prefix out of your episode URLs meanwhile.",
};

pub(crate) const HTTP_PROTOCOL_ERROR: Words = Words {
    title: "A server breaks off or answers nonsense",
    meaning: "A server on the way closed the connection too early or sent something that is no valid HTTP, so apps \
              cannot read its answer.",
    advice: "The owner of the host named in the evidence must repair its server or the proxy before it. Tell its \
             support the URL and the error shown.",
};

pub(crate) const REDIRECT_LOOP: Words = Words {
    title: "The redirects run in a circle",
    meaning: "The servers on the way send apps back to where they have already been, so the audio is never reached.",
    advice: "The owner of the host that sends the chain back, named in the evidence, must correct its redirect. If you \
             changed a domain or a prefix lately, look there first.",
};

pub(crate) const REDIRECT_LIMIT: Words = Words {
    title: "Too many redirects before the audio",
    meaning: "The episode is handed from server to server so often that apps give up before they reach the audio.",
    advice: "Take measurement prefixes out of your episode URLs until the chain is short; ten redirects are plenty.",
};

pub(crate) const REDIRECT_BROKEN: Words = Words {
    title: "A redirect leads nowhere",
    meaning: "A server on the way says that the file is elsewhere, but not where, or names an address that no app can \
              follow.",
    advice: "The owner of the host named in the evidence must correct its redirect; it may also be that the URL in \
             your feed is cut off or mistyped behind a prefix.",
};

pub(crate) const REDIRECT_DOWNGRADE: Words = Words {
    title: "A secure link leads to an insecure one",
    meaning: "The chain goes from https back to http. Apps that insist on encryption stop there: many on Android by \
              default, and those with strict settings elsewhere.",
    advice: "The owner of the host named in the evidence must redirect to https. If an http:// URL is written behind a \
             prefix in your feed, change it to https://.",
};

pub(crate) const HTTP_CLEARTEXT: Words = Words {
    title: "The episode's link is not encrypted",
    meaning: "The URL in the feed starts with http://. It works today, but others on the network can read and change \
              what is downloaded, and some apps refuse such links.",
    advice: "Change the URLs in your feed to https:// where your host offers it; nearly all do.",
};

pub(crate) const CHAIN_SLOW: Words = Words {
    title: "The audio takes long to start",
    meaning: "From the first request to the first byte of audio it took longer than listeners like to wait.",
    advice: "The evidence shows which hop took the time: fewer prefixes, or a word with the slow host, help.",
};

pub(crate) const CHAIN_LONG: Words = Words {
    title: "Many redirects before the audio",
    meaning: "The download is handed on many times. Apple's apps give up after 16 redirects and most others after 20, \
              and each one adds a wait and a host that can fail.",
    advice: "Take out measurement prefixes that you do not use any more.",
};

pub(crate) const ROUTE_MISMATCH: Words = Words {
    title: "A prefix leads elsewhere than its link says",
    meaning: "The address behind a measurement prefix in the episode's URL is not the one that it sends listeners to. \
              The prefix is set up wrongly, or somebody has taken it over.",
    advice: "Compare the two URLs in the evidence. If you do not know the second one, take the prefix out of your \
             episode URLs and ask its operator.",
};

//! Words for feeds, prefixes, and the prober itself.

use super::Words;

pub(crate) const FEED_UNREACHABLE: Words = Words {
    title: "The feed cannot be fetched",
    meaning: "Apps cannot read the list of your episodes: no new episode reaches anyone, and nobody can subscribe. \
              Episodes already known to an app may still play.",
    advice: "Whoever hosts the feed must repair it; the finding that this one names as its cause says what is wrong.",
};

pub(crate) const FEED_NOT_A_FEED: Words = Words {
    title: "What comes is not a feed",
    meaning: "The feed's address answers with a web page or something else that no podcast app can read.",
    advice: "Check the address first. If it is right, whoever hosts the feed must hand out the feed there again.",
};

pub(crate) const FEED_MALFORMED: Words = Words {
    title: "The feed has faults in its syntax",
    meaning: "Strict apps and directories may refuse the feed or miss episodes; podprobe could still read it.",
    advice: "Your publishing tool or hosting company must write correct XML or JSON; line and column of the first \
             fault are in the evidence. A stray & or an unusual character in a title is the most common cause.",
};

pub(crate) const FEED_TOO_LARGE: Words = Words {
    title: "The feed is too large to be read whole",
    meaning: "A limit was met, and what came after it was not read. Apps have limits too, and may not see everything.",
    advice: "Let the feed hold fewer episodes or shorter texts, or split it into pages; your hosting company can do that.",
};

pub(crate) const FEED_EMPTY: Words = Words {
    title: "The feed holds no episode",
    meaning: "Apps that read it now may show the show as empty or drop its episodes.",
    advice: "If there should be episodes, tell your hosting company at once. A show that has not started is fine.",
};

pub(crate) const FEED_CHANGED: Words = Words {
    title: "The feed is suddenly another one",
    meaning: "Compared with earlier rounds, title, episodes or hosts have changed beyond what is usual. Hosts have \
              served wrong or emptied feeds by mistake before.",
    advice: "Look at your feed. If you did not change it, tell your hosting company at once.",
};

pub(crate) const FEED_STALE: Words = Words {
    title: "No new episode for unusually long",
    meaning: "The newest episode is older than three times the show's usual pause.",
    advice: "Nothing, if the show pauses. If an episode should be out, look whether it was really published.",
};

pub(crate) const FEED_MOVED: Words = Words {
    title: "The feed says that it has moved",
    meaning: "The feed or its server names another address as the right one. Apps follow, and one day the old address \
              will be gone.",
    advice: "Use the new address wherever you have submitted the feed, and check that it is yours.",
};

pub(crate) const ENCLOSURE_MISSING: Words = Words {
    title: "An item without a file",
    meaning: "There is nothing to download in this item of the feed; podcast apps skip it.",
    advice: "Attach the audio file in your publishing tool, unless the item is meant to be text alone.",
};

pub(crate) const ENCLOSURE_INVALID: Words = Words {
    title: "An episode's link cannot be used",
    meaning: "The address of the audio in the feed is empty, cut off, or of a kind that apps cannot fetch.",
    advice: "Correct the file's URL in your publishing tool; it must begin with https://.",
};

pub(crate) const PREFIX_DOWN: Words = Words {
    title: "A measurement prefix fails; the audio behind it works",
    meaning: "Your downloads run through a service that counts them, and this service is failing. The audio itself is \
              fine: it comes when asked for without the prefix.",
    advice: "Take this prefix out of your episode URLs (usually one switch at your hosting company) until its operator \
             has repaired it.",
};

pub(crate) const PREFIX_RETIRED: Words = Words {
    title: "A measurement prefix of a service that has closed",
    meaning: "Your downloads run through a service that does not exist any more. It may stop answering any day, and \
              every episode with it.",
    advice: "Take this prefix out of your episode URLs, old episodes included; your hosting company can do it for all.",
};

pub(crate) const PREFIX_MISWIRED: Words = Words {
    title: "A measurement prefix does not pass downloads on",
    meaning: "A service that should count the download and hand it on answers by itself with something else, so \
              listeners do not get the audio.",
    advice: "Check how the prefix is written in your episode URLs, or take it out until its operator has repaired it.",
};

pub(crate) const PUBLISHING_DOWN: Words = Words {
    title: "New episodes cannot be published",
    meaning: "The tool by which episodes are published does not answer. Old episodes still play.",
    advice: "The hosting company must repair it; look at its status page before you schedule a release.",
};

pub(crate) const PROBER_OFFLINE: Words = Words {
    title: "podprobe itself has no network",
    meaning: "Nothing could be reached, well-known sites included. This says nothing about your show or its hosts.",
    advice: "Repair the network of the machine that podprobe runs on, then probe again.",
};

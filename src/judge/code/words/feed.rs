//! Words for feeds, prefixes, and the prober itself.

words! { FEED_UNREACHABLE
    title: "The feed cannot be fetched",
    meaning: "Apps cannot read the list of your episodes: no new episode reaches anyone, and nobody can subscribe. \
              Episodes already known to an app may still play.",
    fixer: "Whoever hosts the feed must repair it; the finding that this one names as its cause says what is wrong.",
    meanwhile: "Episodes that apps know already may still play; hold back a new one until the feed is there.",
    to: FeedHost,
    letter: "The feed of our show cannot be fetched from {host}, so no new episode reaches anybody. Please repair \
             it; what happened is below.",
}

words! { FEED_NOT_A_FEED
    title: "What comes is not a feed",
    meaning: "The feed's address answers with a web page or something else that no podcast app can read.",
    fixer: "Check the address first; if it is right, whoever hosts the feed must hand out the feed there again.",
    meanwhile: "Apps keep the episodes that they know; no new one reaches them.",
    to: FeedHost,
    letter: "What {host} hands out at our feed's address is no feed. Please hand out the feed there again; what came \
             is below.",
}

words! { FEED_MALFORMED
    title: "The feed has faults in its syntax",
    meaning: "Strict apps and directories may refuse the feed or miss episodes; podprobe could still read it.",
    fixer: "Your publishing tool or hosting company must write correct XML or JSON; line and column of the first \
            fault are in the evidence.",
    meanwhile: "A stray & or an unusual character in a title is the most common cause: you may be able to mend that \
                yourself.",
    to: FeedHost,
    letter: "Our feed is not well-formed, and strict apps and directories may refuse it. Please correct how it is \
             written; the place of the first fault is below.",
}

words! { FEED_TOO_LARGE
    title: "The feed is too large to be read whole",
    meaning: "A limit was met, and what came after it was not read. Apps have limits too, and may not see everything.",
    fixer: "Let the feed hold fewer episodes or shorter texts, or split it into pages; your hosting company can do \
            that.",
    meanwhile: "New episodes come first in most feeds, so apps see those.",
    to: Hosting,
    letter: "Our feed is so large that apps may not read it whole. Please let it hold fewer episodes, or split it \
             into pages (RFC 5005).",
}

words! { FEED_EMPTY
    title: "The feed holds no episode",
    meaning: "Apps that read it now may show the show as empty or drop its episodes.",
    fixer: "If there should be episodes, your hosting company must bring them back: tell it at once.",
    meanwhile: "A show that has not started is fine.",
    to: FeedHost,
    letter: "Our feed holds no episode any more. Please bring them back before apps drop them.",
}

words! { FEED_CHANGED
    title: "The feed is suddenly another one",
    meaning: "Compared with earlier rounds, title, episodes or hosts have changed beyond what is usual. Hosts have \
              served wrong or emptied feeds by mistake before.",
    fixer: "If you did not change the feed, your hosting company must put it right: tell it at once.",
    meanwhile: "Look at your feed first, and keep a copy of what it says now.",
    to: FeedHost,
    letter: "Our feed has suddenly changed beyond what we did. Please look whether it was mixed up with another one; \
             what changed is below.",
}

words! { FEED_STALE
    title: "No new episode for unusually long",
    meaning: "The newest episode is older than three times the show's usual pause.",
    fixer: "Nobody has to act if the show pauses.",
    meanwhile: "If an episode should be out, look whether it was really published.",
}

words! { FEED_MOVED
    title: "The feed says that it has moved",
    meaning: "The feed or its server names another address as the right one. Apps follow, and one day the old address \
              will be gone.",
    fixer: "Use the new address wherever you have submitted the feed.",
    meanwhile: "Check first that the new address is yours; apps follow it by themselves meanwhile.",
}

words! { ENCLOSURE_MISSING
    title: "An item without a file",
    meaning: "There is nothing to download in this item of the feed; podcast apps skip it.",
    fixer: "Attach the audio file in your publishing tool.",
    meanwhile: "Leave it as it is if the item is meant to be text alone.",
}

words! { ENCLOSURE_INVALID
    title: "An episode's link cannot be used",
    meaning: "The address of the audio in the feed is empty, cut off, or of a kind that apps cannot fetch.",
    fixer: "Correct the file's URL in your publishing tool; it must begin with https://.",
    meanwhile: "Apps show the episode and cannot play it until then.",
    to: Hosting,
    letter: "The URL of an episode's audio in our feed cannot be used by any app. Please correct how it is written; \
             it is below.",
}

words! { PREFIX_DOWN
    title: "A measurement prefix fails; the audio behind it works",
    meaning: "Your downloads run through a service that counts them, and this service is failing. The audio itself is \
              fine: it comes when asked for without the prefix.",
    fixer: "Take this prefix out of your episode URLs (usually one switch at your hosting company) until its \
            operator has repaired it.",
    meanwhile: "The audio itself is fine: without the prefix listeners can download again at once.",
    to: Prefix,
    letter: "Downloads through {host} fail, while the same audio comes without it. We have to take the prefix out \
             until it works again. Please tell us when it does; what failed is below.",
}

words! { PREFIX_RETIRED
    title: "A measurement prefix of a service that has closed",
    meaning: "Your downloads run through a service that does not exist any more. It may stop answering any day, and \
              every episode with it.",
    fixer: "Take this prefix out of your episode URLs, old episodes included; your hosting company can do it for \
            all.",
    meanwhile: "Nothing may fail today; do it before it does.",
    to: Hosting,
    letter: "The measurement prefix {host} in our episode URLs belongs to a service that has closed. Please take it \
             out of all our episodes, old ones included.",
}

words! { PREFIX_MISWIRED
    title: "A measurement prefix does not pass downloads on",
    meaning: "A service that should count the download and hand it on answers by itself with something else, so \
              listeners do not get the audio.",
    fixer: "Check how the prefix is written in your episode URLs; if it is right, its operator must repair it.",
    meanwhile: "Take it out of your episode URLs until it passes downloads on again.",
    to: Prefix,
    letter: "{host} does not pass our downloads on: it answers by itself with something other than a redirect. Is \
             our prefix set up as it should be? URL and answer are below.",
}

words! { PUBLISHING_DOWN
    title: "New episodes cannot be published",
    meaning: "The tool by which episodes are published does not answer. Old episodes still play.",
    fixer: "The hosting company must repair it.",
    meanwhile: "Look at its status page before you schedule a release; old episodes still play.",
    to: Hosting,
    letter: "The tool by which we publish does not answer at {host}, so we cannot release new episodes. Please tell \
             us when it is back.",
}

words! { PROBER_OFFLINE
    title: "podprobe itself has no network",
    meaning: "Nothing could be reached, well-known sites included, or this machine has no route or no name resolver. \
              This says nothing about your show or its hosts.",
    fixer: "Repair the network of the machine that podprobe runs on, then probe again.",
    meanwhile: "Nothing is known of your show or its hosts until then.",
}

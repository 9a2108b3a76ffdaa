//! Words for names and connections.

use super::Words;

pub(crate) const DNS_NOT_FOUND: Words = Words {
    title: "The host's name does not exist",
    meaning: "The internet's directory (DNS) has no entry for this host, so no app can find it and nothing behind it can \
              be downloaded. The name was misspelt, its domain ran out, or its record was deleted.",
    advice: "The host's owner must restore the DNS record or renew the domain. If the name is misspelt in your feed, \
             correct it there; if it is a measurement prefix, take the prefix out of your episode URLs meanwhile.",
};

pub(crate) const DNS_FAILED: Words = Words {
    title: "The host's name cannot be looked up",
    meaning: "The servers that know this host's address did not answer, or answered with an error (a DNS timeout or \
              SERVFAIL). Listeners whose app has not remembered the address cannot download.",
    advice: "The host's owner must repair the domain's name servers or its DNSSEC records. Tell the host's support; if \
             it is a measurement prefix, take the prefix out of your episode URLs meanwhile.",
};

pub(crate) const CONNECT_REFUSED: Words = Words {
    title: "The server refuses every connection",
    meaning: "The machine is there, but nothing on it answers at this port, so listeners get an error at once.",
    advice: "The host must start its web server again or open the port in its firewall. Tell its support, and take a \
             measurement prefix that fails this way out of your episode URLs meanwhile.",
};

pub(crate) const CONNECT_TIMEOUT: Words = Words {
    title: "The server does not answer",
    meaning: "No connection could be opened in time at any address of the host: the server is down, overloaded or cut \
              off. Listeners wait, and then get an error.",
    advice: "The host must bring its server or network back. Look at its status page, tell its support, and take a \
             measurement prefix that fails this way out of your episode URLs meanwhile.",
};

pub(crate) const CONNECT_FAILED: Words = Words {
    title: "The server cannot be reached",
    meaning: "No connection (TCP) could be opened to any address of the host, each time with an error of the network.",
    advice: "The host must repair its network or its DNS records. Tell its support which addresses fail, and take a \
             measurement prefix that fails this way out of your episode URLs meanwhile.",
};

pub(crate) const ADDRESS_BLOCKED: Words = Words {
    title: "The name points into a private network",
    meaning: "The host's name leads to an address that is not on the public internet, so podprobe sent nothing there. \
              Listeners outside that network cannot download from it.",
    advice: "Whoever runs the host must publish a public address. If this network is your own and you mean to probe \
             it, allow it with --allow-net.",
};

pub(crate) const DNS_SINKHOLED: Words = Words {
    title: "An ad blocker on this network hides the host",
    meaning: "The name resolver that podprobe uses answers with an address that leads nowhere (0.0.0.0 or a loopback \
              address), as ad blockers do. The host itself may be fine: what listeners get is unknown.",
    advice: "Nobody at the host has to act. Let podprobe use a resolver without an ad blocker, or exempt this name in \
             yours. Listeners behind such a blocker do fail at this host, which speaks for fewer prefixes.",
};

pub(crate) const EDGE_DOWN: Words = Words {
    title: "Some of the host's servers do not answer",
    meaning: "The host has several addresses and some of them fail. Most apps try another one after a wait; some \
              listeners get slow starts or errors.",
    advice: "The host must repair these servers or take their addresses out of DNS. Give its support the addresses \
             shown in the evidence.",
};

pub(crate) const EDGE_MISMATCH: Words = Words {
    title: "The host's servers show different certificates",
    meaning: "Some servers of this host show an older or worse certificate than the others. That is the first sign \
              that a renewal did not reach every server; when the old one ends, part of the listeners is cut off.",
    advice: "The host must roll the new certificate out to every server. Give its support the addresses shown in the \
             evidence.",
};

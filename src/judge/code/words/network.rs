//! Words for names and connections.

words! { DNS_NOT_FOUND
    title: "The host's name does not exist",
    meaning: "The internet's directory (DNS) has no entry for this host, so no app can find it and nothing behind it can \
              be downloaded. The name was misspelt, its domain ran out, or its record was deleted.",
    fixer: "The host's owner must restore the DNS record or renew the domain.",
    meanwhile: "If the name is misspelt in your feed, correct it there; if it is a measurement prefix, take the \
                prefix out of your episode URLs meanwhile.",
    to: Host,
    letter: "The name {host} has no entry in DNS, so no podcast app can reach it. Please restore the record, or \
             renew the domain if it has run out.",
}

words! { DNS_FAILED
    title: "The host's name cannot be looked up",
    meaning: "The servers that know this host's address did not answer, or answered with an error (a DNS timeout or \
              SERVFAIL). Listeners whose app has not remembered the address cannot download.",
    fixer: "The host's owner must repair the domain's name servers or its DNSSEC records.",
    meanwhile: "Tell the host's support; if it is a measurement prefix, take the prefix out of your episode URLs \
                meanwhile.",
    to: Host,
    letter: "The name servers for {host} do not answer, or answer with an error, so podcast apps cannot find it. \
             Please look at the zone's name servers and its DNSSEC records.",
}

words! { CONNECT_REFUSED
    title: "The server refuses every connection",
    meaning: "The machine is there, but nothing on it answers at this port, so listeners get an error at once.",
    fixer: "The host must start its web server again or open the port in its firewall.",
    meanwhile: "Tell its support, and take a measurement prefix that fails this way out of your episode URLs \
                meanwhile.",
    to: Host,
    letter: "Every address of {host} refuses connections, so nothing can be downloaded from it. Please start the web \
             server again, or open the port in the firewall.",
}

words! { CONNECT_TIMEOUT
    title: "The server does not answer",
    meaning: "No connection could be opened in time at any address of the host: the server is down, overloaded or cut \
              off. Listeners wait, and then get an error.",
    fixer: "The host must bring its server or network back.",
    meanwhile: "Look at its status page, tell its support, and take a measurement prefix that fails this way out of \
                your episode URLs meanwhile.",
    to: Host,
    letter: "No address of {host} answers a connection in time, so nothing can be downloaded from it. Please tell us \
             what has happened, and when it will be back.",
}

words! { CONNECT_FAILED
    title: "The server cannot be reached",
    meaning: "No connection (TCP) could be opened to any address of the host, each time with an error of the network.",
    fixer: "The host must repair its network or its DNS records.",
    meanwhile: "Tell its support which addresses fail, and take a measurement prefix that fails this way out of your \
                episode URLs meanwhile.",
    to: Host,
    letter: "No TCP connection can be opened to any address of {host}. Please check the routes to these addresses, \
             and whether DNS still names the right ones.",
}

words! { ADDRESS_BLOCKED
    title: "The name points into a private network",
    meaning: "The host's name leads to an address that is not on the public internet, so podprobe sent nothing there. \
              Listeners outside that network cannot download from it.",
    fixer: "Whoever runs the host must publish a public address.",
    meanwhile: "If this network is your own and you mean to probe it, allow it with --allow-net.",
    to: Host,
    letter: "DNS gives a non-public address for {host}, so listeners outside your network cannot download from it. \
             Please publish a public address.",
}

words! { DNS_SINKHOLED
    title: "An ad blocker on this network hides the host",
    meaning: "The name resolver that podprobe uses answers with an address that leads nowhere (0.0.0.0 or a loopback \
              address), as ad blockers do. The host itself may be fine: what listeners get is unknown.",
    fixer: "Nobody at the host has to act: let podprobe use a resolver without an ad blocker, or exempt this name in \
            yours.",
    meanwhile: "Listeners behind such a blocker do fail at this host, which speaks for fewer prefixes.",
}

words! { EDGE_DOWN
    title: "Some of the host's servers do not answer",
    meaning: "The host has several addresses and some of them fail. Most apps try another one after a wait; some \
              listeners get slow starts or errors.",
    fixer: "The host must repair these servers or take their addresses out of DNS.",
    meanwhile: "Give its support the addresses shown in the evidence; most listeners reach another one after a wait.",
    to: Host,
    letter: "Some addresses of {host} do not answer while others do, so part of our listeners get slow starts or \
             errors. Please repair these servers, or take their addresses out of DNS.",
}

words! { EDGE_MISMATCH
    title: "The host's servers show different certificates",
    meaning: "Some servers of this host show an older or worse certificate than the others. That is the first sign \
              that a renewal did not reach every server; when the old one ends, part of the listeners is cut off.",
    fixer: "The host must roll the new certificate out to every server.",
    meanwhile: "Give its support the addresses shown in the evidence; nothing is lost yet if every certificate is \
                still in date.",
    to: Host,
    letter: "The servers of {host} show different certificates, and some of them an older or worse one. Please roll \
             the current certificate out to every server before the old one ends.",
}

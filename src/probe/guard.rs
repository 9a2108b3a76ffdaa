//! The address guard: which addresses may be dialled at all. It is asked with the address that is
//! about to be dialled, after resolution and at every connect, so that no name, redirect or
//! certificate can lead the prober into a private network.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

/// IPv4 that is not public: IANA's special-purpose registry, multicast and what is reserved.
const BLOCKED_V4: &[Ipv4Net] = &[
    v4(0, 0, 0, 0, 8),       // this network, RFC 791
    v4(10, 0, 0, 0, 8),      // private, RFC 1918
    v4(100, 64, 0, 0, 10),   // carrier-grade NAT, RFC 6598
    v4(127, 0, 0, 0, 8),     // loopback, RFC 1122
    v4(169, 254, 0, 0, 16),  // link-local (cloud metadata lives here), RFC 3927
    v4(172, 16, 0, 0, 12),   // private, RFC 1918
    v4(192, 0, 0, 0, 24),    // protocol assignments, RFC 6890
    v4(192, 0, 2, 0, 24),    // documentation, RFC 5737
    v4(192, 88, 99, 0, 24),  // 6to4 relays, withdrawn by RFC 7526
    v4(192, 168, 0, 0, 16),  // private, RFC 1918
    v4(198, 18, 0, 0, 15),   // benchmarks, RFC 2544
    v4(198, 51, 100, 0, 24), // documentation, RFC 5737
    v4(203, 0, 113, 0, 24),  // documentation, RFC 5737
    v4(224, 0, 0, 0, 4),     // multicast, RFC 5771
    v4(240, 0, 0, 0, 4),     // reserved, and broadcast, RFC 1112
];

/// The only IPv6 that is handed out as global unicast (RFC 4291, IANA).
const GLOBAL_V6: Ipv6Net = v6([0x2000, 0], 3);

/// What is not public within [`GLOBAL_V6`].
const BLOCKED_V6: &[Ipv6Net] = &[
    v6([0x2001, 0], 23),     // protocol assignments, Teredo among them, RFC 2928
    v6([0x2001, 0xdb8], 32), // documentation, RFC 3849
    v6([0x3fff, 0], 20),     // documentation, RFC 9637
];

/// IPv4 written as IPv6 (RFC 4291 2.5.5.2).
const MAPPED: Ipv6Net = Ipv6Net::new_assert(Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, 0, 0), 96);

/// IPv4 behind a translator (RFC 6052).
const NAT64: Ipv6Net = Ipv6Net::new_assert(Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0), 96);

/// IPv4 tunnelled as 6to4 (RFC 3056): the IPv4 address is in bits 16 to 47.
const SIX_TO_FOUR: Ipv6Net = v6([0x2002, 0], 16);

const fn v4(a: u8, b: u8, c: u8, d: u8, prefix: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), prefix)
}

const fn v6(start: [u16; 2], prefix: u8) -> Ipv6Net {
    let [first, second] = start;
    Ipv6Net::new_assert(Ipv6Addr::new(first, second, 0, 0, 0, 0, 0, 0), prefix)
}

/// Decides by address alone; names are none of its business.
#[derive(Clone, Debug, Default)]
pub struct Guard {
    allowed: Vec<IpNet>,
}

impl Guard {
    /// A guard that lets public addresses through, and those in `allowed` (`--allow-net`).
    ///
    /// A network within `::ffff:0:0/96` is the IPv4 network that it stands for.
    pub fn new(allowed: Vec<IpNet>) -> Self {
        Self { allowed: allowed.into_iter().map(unwrap_net).collect() }
    }

    /// Whether this address may be dialled.
    ///
    /// IPv4 inside `::ffff:0:0/96`, `64:ff9b::/96` and `2002::/16` is judged as that IPv4 address;
    /// a network of `--allow-net` matches it in either form.
    pub fn permits(&self, ip: IpAddr) -> bool {
        let meant = unwrap(ip);
        let lifted = self.allowed.iter().any(|net| net.contains(&ip) || net.contains(&meant));
        lifted || is_public(meant)
    }
}

/// The IPv4 address that an IPv6 address stands for, or leads to; else the address itself.
fn unwrap(ip: IpAddr) -> IpAddr {
    let IpAddr::V6(six) = ip else { return ip };
    let bits = six.to_bits();
    let embedded = if MAPPED.contains(&six) || NAT64.contains(&six) {
        bits
    } else if SIX_TO_FOUR.contains(&six) {
        bits >> 80
    } else {
        return ip;
    };
    let [.., a, b, c, d] = embedded.to_be_bytes();
    Ipv4Addr::new(a, b, c, d).into()
}

fn unwrap_net(net: IpNet) -> IpNet {
    let IpNet::V6(six) = net else { return net };
    if !MAPPED.contains(&six) {
        return net;
    }
    let IpAddr::V4(four) = unwrap(six.addr().into()) else { return net };
    Ipv4Net::new(four, six.prefix_len().saturating_sub(96)).map_or(net, IpNet::V4)
}

fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => !BLOCKED_V4.iter().any(|net| net.contains(&ip)),
        IpAddr::V6(ip) => GLOBAL_V6.contains(&ip) && !BLOCKED_V6.iter().any(|net| net.contains(&ip)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn allowing(nets: &[&str]) -> Guard {
        Guard::new(nets.iter().map(|net| net.parse().unwrap()).collect())
    }

    /// An address beside a range, and whether it is public; `None` where there is nothing beside.
    type Neighbour = Option<(&'static str, bool)>;

    /// First and last address of each range, the neighbours before and after.
    const RANGES: &[(&str, &str, Neighbour, Neighbour)] = &[
        ("0.0.0.0", "0.255.255.255", None, Some(("1.0.0.0", true))),
        ("10.0.0.0", "10.255.255.255", Some(("9.255.255.255", true)), Some(("11.0.0.0", true))),
        ("100.64.0.0", "100.127.255.255", Some(("100.63.255.255", true)), Some(("100.128.0.0", true))),
        ("127.0.0.0", "127.255.255.255", Some(("126.255.255.255", true)), Some(("128.0.0.0", true))),
        ("169.254.0.0", "169.254.255.255", Some(("169.253.255.255", true)), Some(("169.255.0.0", true))),
        ("172.16.0.0", "172.31.255.255", Some(("172.15.255.255", true)), Some(("172.32.0.0", true))),
        ("192.0.0.0", "192.0.0.255", Some(("191.255.255.255", true)), Some(("192.0.1.0", true))),
        ("192.0.2.0", "192.0.2.255", Some(("192.0.1.255", true)), Some(("192.0.3.0", true))),
        ("192.88.99.0", "192.88.99.255", Some(("192.88.98.255", true)), Some(("192.88.100.0", true))),
        ("192.168.0.0", "192.168.255.255", Some(("192.167.255.255", true)), Some(("192.169.0.0", true))),
        ("198.18.0.0", "198.19.255.255", Some(("198.17.255.255", true)), Some(("198.20.0.0", true))),
        ("198.51.100.0", "198.51.100.255", Some(("198.51.99.255", true)), Some(("198.51.101.0", true))),
        ("203.0.113.0", "203.0.113.255", Some(("203.0.112.255", true)), Some(("203.0.114.0", true))),
        ("224.0.0.0", "239.255.255.255", Some(("223.255.255.255", true)), Some(("240.0.0.0", false))),
        ("240.0.0.0", "255.255.255.255", Some(("239.255.255.255", false)), None),
        ("::", "::fffe:ffff:ffff", None, None),
        ("::1:0:0:0", "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", None, Some(("2000::", true))),
        ("2001::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff", Some(("2000:ffff::", true)), Some(("2001:200::", true))),
        (
            "2001:db8::",
            "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff",
            Some(("2001:db7::", true)),
            Some(("2001:db9::", true)),
        ),
        ("3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff", Some(("3ffe::", true)), Some(("3fff:1000::", true))),
        (
            "4000::",
            "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
            Some(("3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", true)),
            None,
        ),
        ("fc00::", "fdff::", None, None),
        ("fe80::", "febf::", None, None),
        ("ff00::", "ff02::1", None, None),
    ];

    #[test]
    fn every_range_is_blocked_to_its_edges_and_no_further() {
        let guard = Guard::default();
        for (first, last, before, after) in RANGES {
            assert!(!guard.permits(ip(first)), "{first}");
            assert!(!guard.permits(ip(last)), "{last}");
            for (neighbour, public) in [before, after].into_iter().flatten() {
                assert_eq!(guard.permits(ip(neighbour)), *public, "{neighbour}");
            }
        }
    }

    /// The table of the contract once more, as networks: none is missing above, and none too many.
    const TABLE: &[&str] = &[
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
        "::/3",
        "4000::/2",
        "8000::/1",
        "2001::/23",
        "2001:db8::/32",
        "3fff::/20",
    ];

    /// An address in each form that leads to it: itself, and IPv4 also mapped, behind NAT64, by 6to4.
    fn forms(ip: IpAddr) -> Vec<IpAddr> {
        let IpAddr::V4(four) = ip else { return vec![ip] };
        let bits = u128::from(four.to_bits());
        let six = |bits: u128| IpAddr::V6(Ipv6Addr::from_bits(bits));
        vec![ip, six(0xffff << 32 | bits), six(0x64_ff9b << 96 | bits), six(0x2002 << 112 | bits << 80 | 1)]
    }

    #[test]
    fn the_last_address_of_each_range_and_the_first_behind_it_differ_in_every_form() {
        let guard = Guard::default();
        let table: Vec<IpNet> = TABLE.iter().map(|net| net.parse().unwrap()).collect();
        for net in &table {
            let (before, after) = match net {
                IpNet::V4(four) => (
                    four.network().to_bits().checked_sub(1).map(|bits| Ipv4Addr::from_bits(bits).into()),
                    four.broadcast().to_bits().checked_add(1).map(|bits| Ipv4Addr::from_bits(bits).into()),
                ),
                IpNet::V6(six) => (
                    six.network().to_bits().checked_sub(1).map(|bits| Ipv6Addr::from_bits(bits).into()),
                    six.broadcast().to_bits().checked_add(1).map(|bits| Ipv6Addr::from_bits(bits).into()),
                ),
            };
            for edge in [net.network(), net.broadcast()] {
                for form in forms(edge) {
                    assert!(!guard.permits(form), "{edge} of {net}, as {form}");
                }
            }
            for neighbour in [before, after].into_iter().flatten() {
                let public = !table.iter().any(|net| net.contains(&neighbour));
                for form in forms(neighbour) {
                    assert_eq!(guard.permits(form), public, "{neighbour} beside {net}, as {form}");
                }
            }
        }
        let listed = |net: IpNet| table.contains(&net);
        assert!(BLOCKED_V4.iter().all(|net| listed(IpNet::V4(*net))));
        assert!(BLOCKED_V6.iter().all(|net| listed(IpNet::V6(*net))));
        assert_eq!(BLOCKED_V4.len() + BLOCKED_V6.len() + 3, table.len(), "three are what 2000::/3 leaves out");
    }

    #[test]
    fn ipv4_inside_ipv6_is_judged_as_ipv4() {
        let guard = Guard::default();
        for (wrapped, public) in [
            ("::ffff:127.0.0.1", false),
            ("::ffff:10.1.2.3", false),
            ("::ffff:8.8.8.8", true),
            ("64:ff9b::169.254.169.254", false),
            ("64:ff9b::8.8.8.8", true),
            ("64:ff9b:1::8.8.8.8", false), // the local-use translation prefix is not unwrapped
            ("2002:7f00:1::", false),
            ("2002:a9fe:a9fe::1", false),
            ("2002:808:808::1", true),
            ("::8.8.8.8", false), // IPv4-compatible, deprecated: outside 2000::/3
        ] {
            assert_eq!(guard.permits(ip(wrapped)), public, "{wrapped}");
        }
    }

    #[test]
    fn an_allowed_network_lifts_the_block_in_every_form() {
        let guard = allowing(&["127.0.0.0/8", "fd00::/8"]);
        for permitted in ["127.0.0.1", "::ffff:127.0.0.1", "64:ff9b::127.0.0.1", "2002:7f00:1::", "fd12::1"] {
            assert!(guard.permits(ip(permitted)), "{permitted}");
        }
        for blocked in ["10.0.0.1", "::ffff:10.0.0.1", "::1", "fe80::1"] {
            assert!(!guard.permits(ip(blocked)), "{blocked}");
        }
        let mapped = allowing(&["::ffff:10.0.0.0/104"]);
        assert!(mapped.permits(ip("10.9.9.9")) && mapped.permits(ip("::ffff:10.9.9.9")));
        assert!(!mapped.permits(ip("127.0.0.1")));
    }
}

"""Addresses that are special: no machine on the internet answers there, or not the one that was meant.

A list of our own, since the interpreter's changes with its version, and calls some of them public. Source: the special
purpose registries of IANA for IPv4 and IPv6 as of 2025-10-09, and those of multicast. Ranges that the registries call
globally reachable are left out where they lie alone, and go with the range in which they lie: no receiver lives there.
"""

import ipaddress
from typing import Final

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

UNICAST: Final = ipaddress.IPv6Network("2000::/3")
"""All of IPv6 that is given to anybody. Loopback, private, link-local and multicast addresses lie outside, and so does
what a gateway translates to IPv4."""
SPECIAL_IPV4: Final = tuple(
    map(
        ipaddress.IPv4Network,
        (
            "0.0.0.0/8",  # this network
            "10.0.0.0/8",  # private
            "100.64.0.0/10",  # shared by a carrier's customers
            "127.0.0.0/8",  # loopback
            "169.254.0.0/16",  # link-local, among them the clouds' metadata
            "172.16.0.0/12",  # private
            "192.0.0.0/24",  # protocol assignments
            "192.0.2.0/24",  # documentation
            "192.88.99.0/24",  # relays of 6to4
            "192.168.0.0/16",  # private
            "198.18.0.0/15",  # benchmarks
            "198.51.100.0/24",  # documentation
            "203.0.113.0/24",  # documentation
            "224.0.0.0/4",  # multicast
            "240.0.0.0/4",  # reserved, and broadcast
        ),
    )
)
SPECIAL_IPV6: Final = tuple(
    map(
        ipaddress.IPv6Network,
        (
            "2001::/23",  # protocol assignments, among them Teredo, which leads to an IPv4 address
            "2001:db8::/32",  # documentation
            "2002::/16",  # 6to4, which leads to an IPv4 address
            "3fff::/20",  # documentation
        ),
    )
)


def is_public(address: Address) -> bool:
    """Whether anybody on the internet would reach the same machine by it."""
    if isinstance(address, ipaddress.IPv4Address):
        return not any(address in network for network in SPECIAL_IPV4)
    if mapped := address.ipv4_mapped:
        return is_public(mapped)
    return address in UNICAST and not any(address in network for network in SPECIAL_IPV6)

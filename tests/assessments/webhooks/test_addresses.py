"""Which addresses a webhook may be sent to."""

from __future__ import annotations

from typing import Any

import pytest

from assessments.webhooks.addresses import is_public, public_address

PRIVATE = [
    *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0"),
    *("100.64.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "192.0.2.1", "198.51.100.1"),
    *("203.0.113.1", "198.18.0.1", "192.0.0.1"),
    *("::", "::1", "::8.8.8.8", "fe80::1", "fe80::1%eth0", "fec0::1", "fc00::1", "fd00::1"),
    *("ff02::1", "ff0e::1", "100::1", "5f00::1", "4000::1"),
    "::ffff:127.0.0.1",  # mapped
    "::ffff:8.8.8.8",
    "::ffff:0:8.8.8.8",  # translated
    "64:ff9b::7f00:1",  # NAT64
    "64:ff9b::808:808",
    "64:ff9b:1::808:808",
    "2002:7f00:1::",  # 6to4
    "2002:808:808::1",
    "192.88.99.1",  # its relay
    "2001::1",  # Teredo
    "2001:0:808:808::1",
    "2001:2::1",  # benchmarking
    "2001:10::1",  # ORCHID
    "2001:20::1",
    "2001:db8::1",  # documentation
    "3fff::1",
    "2606:4700:4700::1111%eth0",  # a zone
    *("", "example.org", "127.1", "0x7f.1", "2130706433"),
]


@pytest.mark.parametrize("address", PRIVATE)
def test_what_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "8.8.8.8", "2606:4700:4700::1111"])
def test_what_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    ("addresses", "chosen"),
    [
        (["8.8.8.8", "2606:4700:4700::1111"], "8.8.8.8"),
        (["2606:4700:4700::1111"], "2606:4700:4700::1111"),
        (["8.8.8.8", "10.0.0.1"], None),
        (["10.0.0.1", "8.8.8.8"], None),
        ([], None),
    ],
)
def test_every_address_of_a_name_must_be_public(addresses: list[str], chosen: str | None) -> None:
    assert public_address("example.org", 443, resolve=lambda host, port: addresses) == chosen


def test_this_machine_is_public_in_tests_alone(settings: Any) -> None:
    settings.WEBHOOK_ALLOW_LOOPBACK = True

    assert is_public("127.0.0.1")
    assert not is_public("10.0.0.1")

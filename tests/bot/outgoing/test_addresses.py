"""Where an outgoing webhook may go: addresses as people and attackers write them, and what names resolve to."""

from ipaddress import ip_address, ip_network

import pytest

from bot.errors import InvalidEvent
from bot.outgoing.addresses import check_target, is_public, may_reach, read_target

EVERYTHING = (ip_network("0.0.0.0/0"), ip_network("::/0"))
PUBLIC = [
    "93.184.215.14",
    "8.8.8.8",
    "2606:2800:21f:cb07::1",
    "::ffff:8.8.8.8",
    "2002:0808:0808::1",
    "64:ff9b::8.8.8.8",
]
NOT_PUBLIC = [
    "127.0.0.1", "127.255.255.254", "0.0.0.0", "0.1.2.3", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1",
    "169.254.169.254", "100.64.0.1", "192.0.0.1", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1",
    "239.255.255.250", "240.0.0.1", "255.255.255.255", "192.88.99.1",
    "::", "::1", "fe80::1", "fc00::1", "fd12:3456::1", "fec0::1", "ff02::1", "2001:db8::1", "100::1",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1", "::10.1.2.3",
    "2002:7f00:0001::1", "2002:0a00:0001::1", "2002:c0a8:0101::", "64:ff9b::127.0.0.1", "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1", "2001:0:4136:e378:8000:63bf:80ff:fffe", "2001:0000:7f00:0001::",
]  # fmt: skip


@pytest.mark.parametrize("address", PUBLIC)
def test_what_everybody_can_reach_is_public(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_what_only_we_can_reach_is_not_public_however_it_is_written(address: str) -> None:
    assert not is_public(ip_address(address))
    assert not may_reach(read_target("https://example.org/"), ip_address(address), ())


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/", "https://example.org:8443/", "https://example.org:80/", "https://127.0.0.1/",
        "https://[::1]/", "https://[::ffff:127.0.0.1]/", "https://10.0.0.1/x", "https://169.254.169.254/latest/meta-data",
        "https://①②⑦.⓪.⓪.①/", "https://user@example.org/", "https://user:pass@example.org/", "https://example.org@10.0.0.1/",
        "https://example.org#x", "https://example.org/#", "ftp://example.org/", "file:///etc/passwd", "gopher://x/",
        "javascript:alert(1)", "//example.org/", "example.org", "", " https://example.org/", "https://exa mple.org/",
        "https://example.org\\@10.0.0.1/", "https://example.org/\r\nX: y", "https://exa\tmple.org/", "https:///path",
        "https://[::1%25lo]/", "https://[::1", "https://example.org:99999/", "https://example.org:x/", "https://example.org:0/",
        "https://-example.org/", "https://example..org/", f"https://example.org/{'x' * 2000}", "https://example.org/é",
    ],
)  # fmt: skip
def test_an_address_that_can_never_be_right_is_refused_with_its_field(url: str) -> None:
    with pytest.raises(InvalidEvent) as caught:
        check_target(url, ())
    assert caught.value.field == "url"


def test_an_address_is_taken_apart_once() -> None:
    target = read_target("https://Example.ORG/a/b?c=d&e")
    assert (target.scheme, target.host, target.port, target.path) == ("https", "example.org", 443, "/a/b?c=d&e")
    assert target.host_header == "example.org"
    assert read_target("https://bücher.example").host == "xn--bcher-kva.example"
    assert read_target("http://[::1]:8080/x").host_header == "[::1]:8080"
    assert read_target("https://example.org").path == "/"


def test_the_operator_can_name_networks_that_may_be_reached_over_http_and_other_ports() -> None:
    allowed = (ip_network("10.1.0.0/16"),)
    target = check_target("http://hooks.internal:8080/x", allowed)
    assert may_reach(target, ip_address("10.1.2.3"), allowed)
    assert may_reach(target, ip_address("::ffff:10.1.2.3"), allowed)
    assert not may_reach(target, ip_address("10.2.0.1"), allowed)
    assert not may_reach(target, ip_address("93.184.215.14"), allowed), "the public internet takes https on 443"
    assert may_reach(check_target("https://example.org/", allowed), ip_address("93.184.215.14"), allowed)
    assert may_reach(check_target("http://127.0.0.1:9/", EVERYTHING), ip_address("127.0.0.1"), EVERYTHING)

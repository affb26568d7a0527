"""What the failover rests on is in the files that are shipped: each of these lines, left out, loses something."""

from __future__ import annotations

import pytest

from tests.failover.nodes import DEPLOYED


@pytest.mark.parametrize(("file", "line"), [
    ("patroni.yml", "synchronous_mode: true"),
    ("patroni.yml", "synchronous_mode_strict: true"),     # else the last node acknowledges what only it has
    ("patroni.yml", "primary_start_timeout: 0"),     # else a crashed primary shows what no other node has
    ("patroni.yml", "failsafe_mode: true"),     # else etcd stops the platform with it
    ("patroni.yml", 'synchronous_commit: "on"'),
    ("haproxy.cfg", "http-check send meth OPTIONS uri /primary"),
    ("haproxy.cfg", "on-marked-down shutdown-sessions"),     # else clients stay on a primary that is frozen
    ("etcd.conf.yml", "enable-grpc-gateway: true"),     # else Patroni cannot speak to etcd 3.4
])
def test_what_the_failover_rests_on_is_shipped(file: str, line: str) -> None:
    lines = (DEPLOYED / file).read_text(encoding="utf-8").splitlines()
    assert any(line in each and not each.lstrip().startswith("#") for each in lines)


def test_a_primary_has_time_to_try_etcd_twice_before_it_is_replaced() -> None:
    told = {}
    for line in (DEPLOYED / "patroni.yml").read_text(encoding="utf-8").splitlines():
        name, _, value = line.strip().partition(": ")
        told[name] = value
    assert int(told["ttl"]) >= int(told["loop_wait"]) + 2 * int(told["retry_timeout"])

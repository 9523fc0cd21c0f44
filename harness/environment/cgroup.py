"""The share of the processor that control groups leave to this process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from harness.environment.host import Host


def cpu_quota(host: Host) -> float | None:
    """Return how many cores' worth of time this process may use; None where there is no limit.

    The tightest limit on the way from this process's group to the root counts. Inside a container
    the path may be the outer one, of which only the root is there.

    Source: Linux kernel, admin-guide/cgroup-v2, `cpu.max`; scheduler/sched-bwc, `cpu.cfs_quota_us`.
    """
    membership = host.text("proc/self/cgroup") or ""
    limits: list[float] = []
    for line in membership.splitlines():
        number, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if number == "0" and not controllers:
            limits += _unified(host, path)
        elif "cpu" in controllers.split(","):
            limits += _separate(host, controllers, path)
    return min(limits, default=None)


def _unified(host: Host, path: str) -> Iterator[float]:
    for mount in ("sys/fs/cgroup", "sys/fs/cgroup/unified"):
        for group in _upwards(path):
            quota, _, period = (host.text(f"{mount}/{group}/cpu.max") or "").partition(" ")
            yield from _limit(quota, period)


def _separate(host: Host, controllers: str, path: str) -> Iterator[float]:
    for mount in ("sys/fs/cgroup/cpu", f"sys/fs/cgroup/{controllers}"):
        for group in _upwards(path):
            quota = host.text(f"{mount}/{group}/cpu.cfs_quota_us") or ""
            period = host.text(f"{mount}/{group}/cpu.cfs_period_us") or ""
            yield from _limit(quota, period)


def _limit(quota_us: str, period_us: str) -> Iterator[float]:
    """Yield cores; nothing for `max`, -1, and what is no number."""
    if quota_us.isdecimal() and period_us.isdecimal() and int(period_us) > 0:
        yield int(quota_us) / int(period_us)


def _upwards(path: str) -> Iterator[str]:
    """Yield a group and all groups around it; never a path that leads out of the mount."""
    inner = PurePosixPath(*[part for part in PurePosixPath(path).parts if part not in {"/", ".."}])
    yield str(inner)
    yield from (str(parent) for parent in inner.parents)

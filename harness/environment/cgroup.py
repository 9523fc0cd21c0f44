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


def memory_left(host: Host) -> int | None:
    """Return the bytes that control groups still leave to this process; None without a limit.

    Source: Linux kernel, admin-guide/cgroup-v2, `memory.max`; cgroup-v1/memory,
    `memory.limit_in_bytes`.
    """
    membership = host.text("proc/self/cgroup") or ""
    left: list[int] = []
    for line in membership.splitlines():
        number, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        names = ("memory.max", "memory.current")
        mounts = ["sys/fs/cgroup", "sys/fs/cgroup/unified"]
        if "memory" in controllers.split(","):
            names = ("memory.limit_in_bytes", "memory.usage_in_bytes")
            mounts = ["sys/fs/cgroup/memory", f"sys/fs/cgroup/{controllers}"]
        elif number != "0" or controllers:
            continue
        left += [
            bytes_left
            for mount in mounts
            for group in _upwards(path)
            for bytes_left in _difference(host, f"{mount}/{group}", names)
        ]
    return min(left, default=None)


def _difference(host: Host, group: str, names: tuple[str, str]) -> Iterator[int]:
    limit, used = (host.text(f"{group}/{name}") or "" for name in names)
    if limit.isdecimal() and used.isdecimal():
        yield max(0, int(limit) - int(used) + _reclaimable(host, group))


def _reclaimable(host: Host, group: str) -> int:
    """Return the bytes of file pages that the kernel would give up first."""
    lines = (host.text(f"{group}/memory.stat") or "").splitlines()
    found = dict(line.split()[:2] for line in lines if len(line.split()) == 2)  # noqa: PLR2004
    size = found.get("total_inactive_file") or found.get("inactive_file") or "0"
    return int(size) if size.isdecimal() else 0

"""Power events of perf: what the kernel says of them, counts in joules, and who may read them."""

from __future__ import annotations

import errno
import sys
from dataclasses import dataclass, field

import pytest

from harness.core.energy import Domain
from harness.core.errors import Unavailable
from harness.core.reason import ReasonCode
from harness.meters.perf import PerfMeter, cpu_list, power_events
from harness.meters.perf_events import KernelEvents
from harness.meters.powercap import read_text
from harness.meters.processor import processor_meter, processor_reason
from harness.meters.rapl import RaplMeter
from tests.powercap import tree

SCALE = "2.3283064365386962890625e-10"
"""2^-32 exactly. Source: Linux, arch/x86/events/rapl.c."""


@dataclass
class Events:
    """Stands for the kernel: counts by socket and event, or an error number."""

    counts: dict[tuple[int, int], int] = field(default_factory=dict)
    refuses: int = 0
    gone: bool = False
    opened: list[tuple[int, int, int]] = field(default_factory=list)
    closed: list[int] = field(default_factory=list)

    def open(self, kind, config, cpu):
        if self.refuses:
            raise OSError(self.refuses, "refused")
        self.opened.append((kind, config, cpu))
        return len(self.opened) - 1

    def read(self, handle):
        if self.gone:
            raise OSError(errno.ENODEV, "gone")
        _, config, cpu = self.opened[handle]
        return self.counts.get((cpu, config), 0)

    def close(self, handle):
        self.closed.append(handle)


def pmu(root, *, cpumask="0,18", events=(("energy-pkg", 2), ("energy-ram", 3)), unit="Joules"):
    """Write the folder of the power events of a machine of two sockets."""
    folder = root / "sys/bus/event_source/devices/power"
    (folder / "events").mkdir(parents=True)
    (folder / "type").write_text("21\n")
    (folder / "cpumask").write_text(f"{cpumask}\n")
    for name, config in events:
        (folder / "events" / name).write_text(f"event=0x{config:02x}\n")
        (folder / "events" / f"{name}.scale").write_text(f"{SCALE}\n")
        (folder / "events" / f"{name}.unit").write_text(f"{unit}\n")
    for socket, cpu in enumerate((0, 18)):
        topology = root / f"sys/devices/system/cpu/cpu{cpu}/topology"
        topology.mkdir(parents=True)
        (topology / "physical_package_id").write_text(f"{socket}\n")
    return root


def test_every_event_of_every_socket_is_one_counter_named_as_powercap_names_it(tmp_path):
    found = power_events(pmu(tmp_path))
    assert [(event.name, event.domain, event.cpu) for event in found] == [
        ("package-0", Domain.CPU_PACKAGE, 0),
        ("package-1", Domain.CPU_PACKAGE, 18),
        ("package-0/dram", Domain.DRAM, 0),
        ("package-1/dram", Domain.DRAM, 18),
    ]
    assert {(event.kind, event.config) for event in found} == {(21, 2), (21, 3)}


def test_parts_and_platform_are_told_from_what_may_be_summed(tmp_path):
    events = (("energy-pkg", 2), ("energy-cores", 1), ("energy-gpu", 4), ("energy-psys", 5))
    domains = [event.domain for event in power_events(pmu(tmp_path, cpumask="0", events=events))]
    assert domains == [Domain.CPU_PACKAGE, Domain.CPU_CORE, Domain.CPU_UNCORE, Domain.PLATFORM]


def test_a_list_of_processors_may_have_ranges():
    assert cpu_list("0,18") == (0, 18)
    assert cpu_list("0-2,7") == (0, 1, 2, 7)


def test_counts_become_whole_microjoules(tmp_path):
    # 10 J and 20 J are 10 and 20 times 2^32 counts.
    events = Events({(0, 2): 10 << 32, (18, 2): 20 << 32, (0, 3): (1 << 32) + 4_295})
    meter = PerfMeter(pmu(tmp_path), events=events)
    assert meter.availability() is None
    assert meter.read() == 30_000_000
    assert [(one.name, one.read()) for one in meter.counters()] == [
        ("package-0", 10_000_000),
        ("package-1", 20_000_000),
        ("package-0/dram", 1_000_001),
        ("package-1/dram", 0),
    ]
    assert meter.missing() == {}
    first = meter.counters()[0]
    assert first.look() == first.read()
    assert (first.method, first.unit, first.modulus) == ("rapl_perf", "uJ", None)
    meter.close()
    assert len(events.closed) == len(events.opened) == 4


def test_a_kernel_that_is_closed_names_one_capability_and_opens_nothing_to_everyone(tmp_path):
    def reader(path):
        return "2" if path.name == "perf_event_paranoid" else read_text(path)

    reason = PerfMeter(pmu(tmp_path), reader, Events(refuses=errno.EACCES)).availability()
    assert reason.code is ReasonCode.PERF_PARANOID
    assert "perf_event_paranoid is 2" in reason.detail
    assert "CAP_PERFMON" in reason.hint
    assert not any(wide in reason.hint for wide in ("sudo", "chmod", "a+r", "setcap", "as root"))


def test_a_kernel_that_does_not_say_how_closed_it_is_is_closed_all_the_same(tmp_path):
    def reader(path):
        if path.name == "perf_event_paranoid":
            raise FileNotFoundError(path)
        return read_text(path)

    reason = PerfMeter(pmu(tmp_path), reader, Events(refuses=errno.EPERM)).availability()
    assert reason.code is ReasonCode.PERF_PARANOID


def test_an_event_that_is_gone_is_not_read_as_what_it_was(tmp_path):
    events = Events({(0, 2): 1 << 32})
    meter = PerfMeter(pmu(tmp_path), events=events)
    (first, *_) = meter.counters()
    events.gone = True
    with pytest.raises(Unavailable, match="powercap_not_exposed"):
        first.read()
    assert meter.missing()["cpu_package"].code is ReasonCode.POWERCAP_NOT_EXPOSED


@pytest.mark.parametrize("broken", ["type", "cpumask"])
def test_a_machine_without_power_events_says_so(tmp_path, broken):
    pmu(tmp_path)
    (tmp_path / "sys/bus/event_source/devices/power" / broken).write_text("none\n")
    meter = PerfMeter(tmp_path, events=Events())
    assert meter.availability().code is ReasonCode.POWERCAP_NOT_EXPOSED
    with pytest.raises(Unavailable):
        meter.read()


def test_an_event_that_is_not_in_joules_or_not_a_plain_number_is_none(tmp_path):
    assert power_events(pmu(tmp_path / "watts", unit="Watts")) == ()
    root = pmu(tmp_path / "odd", events=(("energy-pkg", 2),))
    events = root / "sys/bus/event_source/devices/power/events"
    (events / "energy-pkg").write_text("event=0x02,umask=0x1\n")
    assert power_events(root) == ()
    (events / "energy-pkg").write_text("event=2\n")
    (events / "energy-pkg.scale").write_text("none\n")
    assert power_events(root) == ()


def test_a_socket_that_nobody_names_has_its_place_for_a_name(tmp_path):
    root = pmu(tmp_path, events=(("energy-pkg", 2),))
    (root / "sys/devices/system/cpu/cpu18/topology/physical_package_id").unlink()
    assert [event.name for event in power_events(root)] == ["package-0", "package-1"]


def test_memory_without_an_event_is_absent(tmp_path):
    root = pmu(tmp_path, events=(("energy-pkg", 2),))
    assert PerfMeter(root, events=Events()).missing()["dram"].code is ReasonCode.ZONE_ABSENT


def test_the_period_is_that_of_the_first_package(tmp_path):
    class Moving(Events):
        def __init__(self):
            super().__init__()
            self.seen = 0

        def read(self, handle):
            del handle
            self.seen += 1
            return (self.seen // 4) << 32

    period = PerfMeter(pmu(tmp_path), events=Moving()).update_period_ns()
    assert period is not None
    assert period > 0


def test_powercap_goes_before_perf_which_serves_where_powercap_is_closed(tmp_path):
    root = tree.laptop(pmu(tmp_path))
    assert isinstance(processor_meter(root, events=Events()), RaplMeter)

    def refusing(path):
        if path.name == "energy_uj":
            raise PermissionError(path)
        return read_text(path)

    open_perf = processor_meter(root, refusing, Events())
    assert isinstance(open_perf, PerfMeter)
    closed = processor_meter(root, refusing, Events(refuses=errno.EACCES))
    assert isinstance(closed, RaplMeter)
    assert closed.availability().code is ReasonCode.RAPL_PERMISSION_DENIED


def test_a_machine_with_neither_gives_powercap_s_reason(tmp_path):
    assert processor_reason(tmp_path).code is ReasonCode.POWERCAP_NOT_EXPOSED
    assert processor_reason(tree.server(tmp_path / "server")) is None


def test_where_both_are_closed_powercap_s_reason_has_perf_s_hint_beside_it(tmp_path):
    class Library:
        def syscall(self, *_):
            return -1

    reason = processor_reason(pmu(tmp_path), KernelEvents(Library(), "x86_64"))
    assert reason.code is ReasonCode.POWERCAP_NOT_EXPOSED
    assert processor_reason(pmu(tmp_path / "open"), Events()) is None
    denied = processor_reason(pmu(tmp_path / "closed"), Events(refuses=errno.EACCES))
    assert "CAP_PERFMON" in denied.hint


def test_an_architecture_without_a_number_has_no_events():
    with pytest.raises(OSError, match="no performance events"):
        KernelEvents(machine="abacus").open(1, 0, 0)


@pytest.mark.skipif(sys.platform != "linux", reason="performance events are Linux's")
def test_the_kernel_opens_a_software_event_or_says_why_not():
    events = KernelEvents()
    try:
        handle = events.open(1, 0, 0)  # PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_CLOCK
    except PermissionError as error:
        pytest.skip(f"this user may not count events: {error}")
    first = events.read(handle)
    assert events.read(handle) > first
    events.close(handle)


@pytest.mark.skipif(sys.platform != "linux", reason="performance events are Linux's")
def test_a_descriptor_that_ends_early_is_no_count(tmp_path):
    path = tmp_path / "short"
    path.write_bytes(b"1234")
    with path.open("rb") as stream, pytest.raises(OSError, match="4 bytes"):
        KernelEvents().read(stream.fileno())

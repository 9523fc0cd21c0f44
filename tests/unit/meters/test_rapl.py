"""Zones by their names, counters that can be read, and the least that would open the others."""

from __future__ import annotations

import pytest

from harness.core.energy import Domain
from harness.core.errors import Unavailable
from harness.core.reason import ReasonCode
from harness.meters import rapl
from harness.meters.powercap import read_text, zones
from tests.powercap import tree


def refusing(*ends: str):
    """Read files, but those that end like this belong to root."""

    def read(path):
        if str(path).endswith(ends):
            raise PermissionError(path)
        return read_text(path)

    return read


def names(root, domain):
    return [zone.name for zone in zones(root) if zone.domain is domain]


def test_zones_are_known_by_name_and_a_second_view_is_dropped(tmp_path):
    root = tree.laptop(tmp_path)
    assert names(root, Domain.CPU_PACKAGE) == ["package-0"]
    assert names(root, Domain.DRAM) == ["package-0/dram"]
    assert names(root, Domain.CPU_CORE) == ["package-0/core"]
    assert names(root, Domain.CPU_UNCORE) == ["package-0/uncore"]
    assert names(root, Domain.PLATFORM) == ["psys"]
    assert not any(zone.folder.name.startswith("intel-rapl-mmio") for zone in zones(root))


def test_a_package_that_only_the_memory_mapped_interface_shows_is_kept(tmp_path):
    tree.zone(tmp_path, "intel-rapl-mmio:0", "package-0", energy_uj=7)
    assert names(tmp_path, Domain.CPU_PACKAGE) == ["package-0"]
    assert rapl.RaplMeter(tmp_path).read() == 7


def test_packages_are_summed_and_parts_and_platform_are_not(tmp_path):
    assert rapl.RaplMeter(tree.laptop(tmp_path / "laptop")).read() == 1_000
    assert rapl.RaplMeter(tree.server(tmp_path / "server")).read() == 10 + 20 + 40


def test_every_counter_can_be_read_by_itself_the_packages_first(tmp_path):
    counters = rapl.RaplMeter(tree.laptop(tmp_path)).counters()
    assert [(meter.name, meter.read()) for meter in counters] == [
        ("package-0", 1_000),
        ("package-0/dram", 200),
        ("package-0/core", 600),
        ("package-0/uncore", 100),
        ("psys", 3_000),
    ]
    assert counters[0].modulus == 262_143_328_850
    assert {meter.method for meter in counters} == {"rapl_powercap"}
    assert {meter.unit for meter in counters} == {"uJ"}


def test_twice_the_limits_of_a_zone_is_more_than_can_be(tmp_path):
    tree.zone(tmp_path, "intel-rapl:0", "package-0", limits_uw=(125_000_000, 175_000_000))
    tree.zone(tmp_path, "intel-rapl:1", "package-1", limits_uw=(0,))
    tree.zone(tmp_path, "intel-rapl:2", "package-2", range_uj=0)
    limits = {meter.name: meter.limit_w for meter in rapl.RaplMeter(tmp_path).counters()}
    assert limits == {"package-0": pytest.approx(600.0), "package-1": None, "package-2": None}


def test_zones_of_unknown_names_and_folders_that_are_no_zones_do_not_count(tmp_path):
    tree.zone(tmp_path, "intel-rapl:0", "package-0")
    tree.zone(tmp_path, "dtpm:0", "soc")
    (tmp_path / tree.FOLDER / "intel-rapl").mkdir()
    (tmp_path / tree.FOLDER / "intel-rapl:9").mkdir()
    assert [zone.name for zone in zones(tmp_path)] == ["package-0"]


def test_a_machine_without_powercap_says_so_and_what_a_container_needs(tmp_path):
    reason = rapl.availability(tmp_path, cpuinfo=tmp_path / "none")
    assert reason.code is ReasonCode.POWERCAP_NOT_EXPOSED
    assert "read-only" in reason.hint
    assert "virtual machine" not in reason.hint


def test_a_virtual_machine_is_told_that_nothing_inside_it_helps(tmp_path):
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text("processor\t: 0\nflags\t\t: fpu sse hypervisor lm\n")
    assert "virtual machine" in rapl.availability(tmp_path, cpuinfo=cpuinfo).hint
    cpuinfo.write_text("processor\t: 0\nFeatures\t: fp asimd\n")
    assert "virtual machine" not in rapl.availability(tmp_path, cpuinfo=cpuinfo).hint


def test_a_container_that_hides_the_zones_is_told_what_to_bind(tmp_path):
    folder = tmp_path / tree.FOLDER
    folder.mkdir(parents=True)
    (folder / "intel-rapl:0").symlink_to(tmp_path / "sys/devices/virtual/powercap/gone")
    reason = rapl.availability(tmp_path)
    assert reason.code is ReasonCode.CONTAINER_MASKED
    assert "--sysfs-root" in reason.hint


def test_zones_that_are_no_packages_do_not_make_a_meter(tmp_path):
    tree.zone(tmp_path, "intel-rapl:1", "psys", energy_uj=5)
    tree.zone(tmp_path, "intel-rapl:0:0", "dram", energy_uj=5)
    assert rapl.availability(tmp_path).code is ReasonCode.POWERCAP_NOT_EXPOSED
    with pytest.raises(Unavailable):
        rapl.RaplMeter(tmp_path).read()


@pytest.mark.parametrize("text", ["", "not a number"])
def test_a_counter_without_a_number_is_not_exposed(tmp_path, text):
    tree.zone(tmp_path, "intel-rapl:0", "package-0", energy_uj=text)
    assert rapl.availability(tmp_path).code is ReasonCode.POWERCAP_NOT_EXPOSED


def test_a_counter_that_is_gone_is_not_exposed(tmp_path):
    (tree.zone(tmp_path, "intel-rapl:0", "package-0") / "energy_uj").unlink()
    assert rapl.availability(tmp_path).code is ReasonCode.POWERCAP_NOT_EXPOSED


def test_a_counter_that_is_closed_names_a_group_and_opens_it_to_no_one_else(tmp_path):
    reason = rapl.availability(tree.laptop(tmp_path), refusing("intel-rapl:0/energy_uj"))
    assert reason.code is ReasonCode.RAPL_PERMISSION_DENIED
    assert "chgrp energy" in reason.hint
    assert not any(wide in reason.hint for wide in ("a+r", "o+r", "444", "sudo", "setcap"))


def test_memory_that_is_not_counted_is_told_from_memory_that_may_not_be_read(tmp_path):
    server = rapl.RaplMeter(tree.server(tmp_path / "server"))
    assert server.missing()["dram"].code is ReasonCode.ZONE_ABSENT
    laptop = tree.laptop(tmp_path / "laptop")
    closed = rapl.RaplMeter(laptop, refusing("intel-rapl:0:2/energy_uj"))
    assert closed.missing()["dram"].code is ReasonCode.RAPL_PERMISSION_DENIED
    assert "package-0/dram" not in [meter.name for meter in closed.counters()]
    assert rapl.RaplMeter(laptop).missing() == {}
    assert set(rapl.RaplMeter(tmp_path / "none").missing()) == {"cpu_package", "dram"}


def test_the_period_of_a_meter_is_that_of_its_first_package(tmp_path):
    seen = iter(range(10_000))

    def moving(path):
        return str(next(seen) // 4) if path.name == "energy_uj" else read_text(path)

    period = rapl.RaplMeter(tree.server(tmp_path), moving).update_period_ns()
    assert period is not None
    assert period > 0

import pytest

from harness.store.fake import FakeMachine, fake_case, fake_header
from harness.store.write import RunWriter

CASES = tuple(fake_case(size, backend) for size in (10_000, 100_000) for backend in ("eager",))


@pytest.fixture
def timed_file(tmp_path):
    with RunWriter.create(tmp_path, fake_header(CASES)) as writer:
        for number in range(3):
            for case in CASES:
                machine = FakeMachine(latency_ns=10 * case.nominal, slow_share=0.0)
                writer.append_trial(machine.trial(case, number))
    return writer.path


def test_the_usual_chart_is_cost_against_parameter_count(command, timed_file, tmp_path):
    done = command("plot", timed_file, "--out", tmp_path / "new" / "plot.svg")
    assert done.code == 0
    picture = (tmp_path / "new" / "plot.svg").read_text(encoding="utf-8")
    assert picture.startswith("<svg")
    assert "Quiet latency against parameter count" in picture
    assert "Made Up 3000" in picture


def test_a_picture_can_be_a_png(command, timed_file, tmp_path):
    assert command("plot", timed_file, "--out", tmp_path / "plot.png").code == 0
    assert (tmp_path / "plot.png").read_bytes().startswith(b"\x89PNG")


def test_charts_are_listed_by_name(command, timed_file):
    done = command("plot", timed_file, "--list")
    names = [line.split()[0] for line in done.out.splitlines()]
    assert names == ["cost-latency_quiet", "distribution"]


def test_any_metric_can_be_drawn(command, timed_file, tmp_path):
    out = tmp_path / "plot.svg"
    assert command("plot", timed_file, "--metric", "prepare_time", "--out", out).code == 0
    assert "Time to prepare" in out.read_text(encoding="utf-8")


def test_the_distribution_of_a_case_can_be_drawn(command, timed_file, tmp_path):
    out = tmp_path / "plot.svg"
    done = command("plot", timed_file, "--case", CASES[1].slug, "--out", out)
    assert done.code == 0
    assert CASES[1].slug in out.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--figure", "roofine"), "no chart 'roofine'"),
        (("--metric", "latency"), "no metric 'latency'"),
        (("--metric", "quiet_share"), "is a share"),
        (("--metric", "peak_rss"), "no value of peak_rss"),
        (("--case", "mlp"), "no case 'mlp'"),
        (("--metric", "peak_rss", "--case", "x"), "different charts"),
        (("--out", "plot.gif"), "expected a name that ends in .svg or .png"),
    ],
)
def test_what_cannot_be_drawn_ends_with_2_and_says_why(command, timed_file, words, said):
    done = command("plot", timed_file, *words)
    assert done.code == 2
    assert said in done.err


def test_a_picture_that_cannot_be_written_ends_with_2(command, timed_file, tmp_path):
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    done = command("plot", timed_file, "--out", tmp_path / "file" / "x.svg")
    assert done.code == 2
    assert "cannot be written" in done.err

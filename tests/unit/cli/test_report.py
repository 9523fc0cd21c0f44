import pytest


def test_a_report_is_one_page_and_says_how_large_it_is(command, run_file, tmp_path):
    page = tmp_path / "deep" / "page.html"
    done = command("report", run_file, "--out", page, "--title", "My networks")
    assert done.code == 0
    assert "wrote" in done.err
    text = page.read_text(encoding="utf-8")
    assert text.startswith("<!DOCTYPE html>")
    assert "<h1>My networks</h1>" in text


def test_a_budget_and_a_front_can_be_asked_for(command, run_file, tmp_path):
    page = tmp_path / "page.html"
    done = command(
        "report",
        run_file,
        "--out",
        page,
        "--max",
        "latency_quiet=3ms",
        "--front",
        "latency_p50,peak_rss",
    )
    assert done.code == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--max", "latency_quiet=3"), "no unit"),
        (("--max", "latency=3ms"), "no metric 'latency'"),
        (("--front", "speed"), "no metric 'speed'"),
    ],
)
def test_a_wish_that_cannot_be_granted_ends_with_2_before_anything_is_read(
    command, run_file, tmp_path, words, said
):
    done = command("report", run_file, "--out", tmp_path / "x.html", *words)
    assert done.code == 2
    assert said in done.err
    assert not (tmp_path / "x.html").exists()


def test_a_page_that_cannot_be_written_ends_with_2(command, run_file, tmp_path):
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    done = command("report", run_file, "--out", tmp_path / "file" / "x.html")
    assert done.code == 2
    assert "cannot be written" in done.err


def test_a_missing_run_file_ends_with_2(command, tmp_path):
    assert command("report", tmp_path / "none.jsonl").code == 2

import importlib.metadata
import os
import subprocess
import sys
from pathlib import Path

import pytest

from harness.cli.commands import COMMANDS
from harness.cli.main import exit_code
from harness.core.errors import StoreError, UsageError

SAMPLE = Path(__file__).parents[2] / "data" / "run-v1.jsonl"
SCALECURVE = (sys.executable, "-c", "from harness.cli.main import main; main()")
SLOW = {"torch", "scipy", "altair", "vl_convert", "rich", "onnx", "onnxruntime", "duckdb"}


def modules_after(*words: str) -> set[str]:
    """Run a command in a fresh interpreter; return the modules that it imported."""
    code = (
        "import sys\n"
        "from harness.cli.main import app, exit_code\n"
        f"assert exit_code(lambda: app({list(words)!r}, prog_name='scalecurve')) == 0\n"
        "print('modules:', *sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.rpartition("modules:")[2].split())


@pytest.mark.parametrize(
    "words",
    [
        ("--help",),
        ("show", "--help"),
        ("run", "--help"),
        ("zoo", "plan", "--family", "encoder", "--params", "1e6"),
        ("zoo", "list"),
        ("show", str(SAMPLE)),
        ("show", "--json", str(SAMPLE)),
        ("show", "--csv", str(SAMPLE)),
    ],
)
def test_no_runtime_and_nothing_slow_is_imported_to_print_what_is_known(words):
    assert not SLOW & modules_after(*words)


@pytest.mark.parametrize(
    "words", [("--help",), ("zoo", "plan", "--family", "mlp", "--params", "1e5")]
)
def test_help_and_plans_of_the_zoo_do_without_numpy(words):
    assert "numpy" not in modules_after(*words)


def test_the_version_is_that_of_the_distribution(command):
    done = command("--version")
    assert done.code == 0
    assert done.out == f"scalecurve {importlib.metadata.version('scalecurve')}\n"


def test_help_lists_every_command(command):
    done = command("--help")
    assert done.code == 0
    for name in COMMANDS:
        assert f"\n  {name} " in done.out


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_of_the_table_is_there_and_has_help(command, name):
    done = command(name, "--help")
    assert done.code == 0
    assert "Usage: " in done.out


def test_help_has_no_colour_where_there_is_no_terminal(command):
    assert "\x1b" not in command("--help").out


@pytest.mark.parametrize("words", [("shwo",), ("show", "--jsn", "x"), ("zoo", "plna"), ("show",)])
def test_an_unknown_command_or_option_ends_with_2_and_nothing_on_standard_output(command, words):
    done = command(*words)
    assert done.code == 2
    assert done.out == ""
    assert done.err


def test_an_unknown_command_gets_the_nearest_ones(command):
    said = command("shwo").err
    assert said.startswith("scalecurve: no command 'shwo'; did you mean show")
    assert said.endswith("? `scalecurve --help` lists all\n")


@pytest.mark.parametrize("kind", [UsageError, StoreError])
def test_an_error_of_ours_is_one_line_on_standard_error_and_2(kind, capsys):
    def fail():
        raise kind("no family 'mpl'; did you mean mlp?")

    assert exit_code(fail) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err == "scalecurve: no family 'mpl'; did you mean mlp?\n"


def test_an_error_that_quotes_a_hostile_file_cannot_steer_a_terminal(capsys):
    def fail():
        raise StoreError("run.jsonl:1: \x1b[2Jnot a header\nsecond line")

    exit_code(fail)
    assert capsys.readouterr().err == (
        "scalecurve: run.jsonl:1: \\x1b[2Jnot a header\nsecond line\n"
    )


def test_the_entry_point_ends_with_the_code_of_its_command():
    done = subprocess.run([*SCALECURVE, "shwo"], capture_output=True, check=False)
    assert done.returncode == 2


def test_an_interrupt_ends_with_130():
    def interrupt():
        raise KeyboardInterrupt

    assert exit_code(interrupt) == 130


def test_an_error_that_nobody_expected_keeps_its_traceback():
    def fail():
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        exit_code(fail)


@pytest.mark.parametrize(("ended", "code"), [(None, 0), (3, 3)])
def test_a_command_that_exits_gives_its_own_code(ended, code):
    assert exit_code(lambda: sys.exit(ended)) == code


def test_a_command_that_returns_gives_0():
    assert exit_code(lambda: None) == 0


@pytest.mark.parametrize(
    ("words", "code"),
    [(("show", "--json", SAMPLE), 0), (("show", SAMPLE), 0), (("--help",), 0), (("shwo",), 2)],
    ids=str,
)
def test_a_reader_that_has_enough_changes_no_exit_code_and_hears_no_complaint(words, code):
    reader, writer = os.pipe()
    os.close(reader)
    command = [*SCALECURVE, *map(str, words)]
    with subprocess.Popen(command, stdout=writer, stderr=subprocess.PIPE) as process:
        os.close(writer)
        _, complaints = process.communicate()
    assert process.returncode == code
    assert b"Traceback" not in complaints
    assert b"Broken pipe" not in complaints


def test_errors_that_nobody_reads_change_no_exit_code():
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run([*SCALECURVE, "show", "none.jsonl"], stderr=writer, check=False)
    os.close(writer)
    assert done.returncode == 2


def test_a_terminal_without_our_letters_gets_escapes_and_no_error():
    command = [*SCALECURVE, "show", str(SAMPLE)]
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(command, capture_output=True, check=True, env=environment)
    assert b"\\xb5s" in done.stdout

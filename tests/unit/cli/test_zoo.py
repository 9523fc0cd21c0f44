import json
import sys

import pytest

from harness.cli.zoo import answers
from harness.core.errors import StoreError
from model_zoo.families import FAMILIES


def test_a_plan_has_the_designed_keys_and_the_spec(command):
    done = command("zoo", "plan", "--family", "mlp", "--params", "1e6", "--json")
    described = json.loads(done.out)
    assert done.code == 0
    assert {"parameter_count", "flops", "weight_bytes", "activation_bytes", "spec"} <= set(
        described
    )
    assert described["parameter_count"] == pytest.approx(1e6, rel=0.01)
    assert described["weight_bytes"] == 4 * described["parameter_count"]
    assert described["spec"]["family"] == "mlp"
    assert described["spec"]["dimensions"]["input_size"] == 100


def test_a_plan_of_a_preset_has_the_published_count(command):
    described = json.loads(command("zoo", "plan", "--preset", "resnet50", "--json").out)
    assert described["parameter_count"] == 25_557_032
    assert described["spec"]["preset"] == "resnet50"


def test_a_plan_for_people_has_prefixes_and_thousands(command):
    out = command("zoo", "plan", "--preset", "resnet50").out
    assert "25,557,032" in out
    assert "8.18 G" in out
    assert "102 MB" in out


def test_flops_grow_with_the_batch(command):
    one, eight = (
        json.loads(command("zoo", "plan", "--preset", "gpt2", "--batch-size", batch, "--json").out)
        for batch in (1, 8)
    )
    assert eight["flops"] == 8 * one["flops"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--family", "mpl", "--params", "1e6"), "did you mean mlp"),
        (("--family", "mlp", "--params", "12"), "it reaches"),
        (("--family", "mlp", "--params", "1e12"), "100,000,000,000"),
        (("--family", "mlp", "--params", "many"), "is no count"),
        (("--family", "mlp", "--params", "1e5,1e6"), "one network"),
        (("--family", "mlp"), "give --family and --params"),
        (("--preset", "resnet51"), "resnet50"),
        (("--preset", "resnet50", "--params", "1e6"), "--preset alone"),
        (("--family", "mlp", "--params", "1e5", "--batch-size", "0"), "is no count"),
        ((), "which network"),
    ],
)
def test_what_the_zoo_does_not_have_ends_with_2_and_what_it_has(command, words, said):
    done = command("zoo", "plan", *words)
    assert done.code == 2
    assert said in done.err
    assert done.out == ""


def test_the_list_has_families_and_presets_with_their_counts(command):
    listed = json.loads(command("zoo", "list", "--json").out)
    assert list(listed["families"]) == list(FAMILIES)
    assert all(family["smallest"] <= 10_000 for family in listed["families"].values())
    counts = {known["name"]: known["parameter_count"] for known in listed["presets"]}
    assert counts["bert-base"] == 109_482_240
    assert all(known["source"] for known in listed["presets"])


def test_the_list_for_people_names_the_inputs_that_decide_the_numbers(command):
    out = command("zoo", "list").out
    assert "3x224x224" in out
    assert "124,439,808" in out


def test_networks_are_exported_into_a_folder_and_their_paths_printed(command, tmp_path):
    words = ("--family", "mlp", "--params", "1e4,2e4", "--format", "torch", "--out", tmp_path)
    done = command("zoo", "build", *words)
    assert done.code == 0
    assert len(done.out.splitlines()) == 2
    assert all(line.startswith(str(tmp_path)) for line in done.out.splitlines())


def test_an_export_that_fails_ends_with_1_and_says_why(command, tmp_path):
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    words = ("--family", "mlp", "--params", "1e4", "--format", "torch")
    done = command("zoo", "build", *words, "--out", tmp_path / "file" / "below")
    assert done.code == 1
    assert done.err.startswith("torch: ")


@pytest.mark.parametrize("words", [("--format", "tensorflow"), ("--precision", "fp64")])
def test_an_unknown_format_or_precision_ends_with_2_before_anything_is_built(
    command, tmp_path, words
):
    named = ("--family", "mlp", "--params", "1e4", "--out", tmp_path / "out")
    assert command("zoo", "build", *named, *words).code == 2
    assert not (tmp_path / "out").exists()


def test_an_exporter_that_dies_is_an_error_and_its_answers_so_far_are_given():
    dying = [sys.executable, "-c", "print('{\"ok\": true}'); raise SystemExit(3)"]
    found = answers([{}, {}], dying)
    assert next(found) == {"ok": True}
    with pytest.raises(StoreError, match="status 3 after 1 of 2"):
        next(found)


def test_a_plan_of_a_variant_says_what_it_stores_beside_what_its_parent_has(command):
    words = ("--family", "encoder", "--params", "1e6", "--variant")
    described = json.loads(command("zoo", "plan", *words, "structured-0.5", "--json").out)
    account = described["account"]
    assert described["spec"]["variant"] == "structured-0.5"
    assert described["parameter_count"] == account["stored_parameters"]
    assert account["stored_parameters"] < 0.7 * account["nominal_parameters"]
    out = command("zoo", "plan", *words, "prune-0.50").out
    assert "encoder, prune-0.5" in out
    assert "nonzero parameters" in out


def test_an_unknown_variant_ends_with_2_and_those_there_are(command):
    words = ("--family", "mlp", "--params", "1e5", "--variant", "int9-static")
    for what in (("plan",), ("build", "--out", "unused")):
        done = command("zoo", *what, *words)
        assert done.code == 2
        assert "int8-static" in done.err


def test_the_list_has_every_variant(command):
    found = json.loads(command("zoo", "list", "--json").out)["variants"]
    names = {form["name"] for form in found}
    assert {"int8-static[-per-channel]", "svd-SHARE", "prune-2:4", "bf16"} <= names
    assert all(form["description"] for form in found)
    assert "structured-SHARE" in command("zoo", "list").out

import builtins
from dataclasses import dataclass, field, replace

import pytest
import torch

from harness.core.errors import StoreError, UsageError
from harness.run.plan import Plan, make_plan, read_plan
from harness.run.quality import begin, make_header, networks_of, resume
from harness.store.quality import read_quality
from model_zoo.solve import parameter_count

IRIS = Plan(data="iris", family=("mlp",), params=("2e3", "4e3"), folds=2, epochs=2)


@dataclass
class Listener:
    expected: int = 0
    steps: list[tuple[str, int]] = field(default_factory=list)
    interrupt_at: int = -1

    def expect(self, total: int) -> None:
        self.expected = total

    def step(self, label: str, done: int, seconds_left: float | None) -> None:
        del seconds_left
        if done == self.interrupt_at:
            raise KeyboardInterrupt
        self.steps.append((label, done))

    def message(self, text: str) -> None:
        raise AssertionError(text)


def without_time(scored):
    return [replace(one, curves=one.curves and replace(one.curves, epoch_ns=())) for one in scored]


def test_every_network_is_scored_on_every_fold_and_all_items_are_counted(tmp_path):
    listener = Listener()
    run = read_quality(begin(IRIS, ["scalecurve"], tmp_path, listener))
    assert len(run.scored) == 2 * 2
    assert {one.fold for one in run.scored} == {0, 1}
    for network in run.header.networks:
        tables = [one.confusion for one in run.scored if one.digest == network.spec.digest]
        assert sum(sum(map(sum, table)) for table in tables) == 150
    assert listener.expected == 4
    assert listener.steps[0] == ("mlp-2,000, fold 1", 0)
    assert listener.steps[-1] == ("", 4)


def test_what_was_cut_off_goes_on_to_the_same_scores(tmp_path):
    whole = read_quality(begin(IRIS, [], tmp_path / "whole", Listener()))
    with pytest.raises(KeyboardInterrupt):
        begin(IRIS, [], tmp_path / "cut", Listener(interrupt_at=3))
    (path,) = (tmp_path / "cut").iterdir()
    assert len(read_quality(path).scored) == 3
    listener = Listener()
    assert resume(path, listener) == path
    again = read_quality(path)
    assert without_time(again.scored) == without_time(whole.scored)
    assert [done for _, done in listener.steps] == [3, 4]


def test_a_finished_file_has_nothing_left_to_do(tmp_path):
    path = begin(IRIS, [], tmp_path, Listener())
    before = path.read_bytes()
    resume(path, Listener())
    assert path.read_bytes() == before


def test_a_file_that_is_not_there_cannot_go_on(tmp_path):
    with pytest.raises(StoreError, match="cannot be read"):
        resume(tmp_path / "gone.ndjson", Listener())


def test_variants_are_scored_after_their_network_and_have_no_curves(tmp_path):
    plan = make_plan({"variant": ["int8-dynamic", "distilled-0.5"], "params": ["2e3"]}, IRIS)
    run = read_quality(begin(plan, [], tmp_path, Listener()))
    variants = [network.spec.variant for network in run.header.networks]
    assert variants == ["", "int8-dynamic", "distilled-0.5"]
    digests = [network.spec.digest for network in run.header.networks]
    assert [one.digest for one in run.scored] == digests * 2
    plain, quantised, distilled = run.scored[:3]
    assert plain.curves is not None
    assert quantised.curves is None
    assert quantised.confusion
    assert "is not made of a trained network's weights" in distilled.failure


def test_a_variant_that_lacks_its_score_is_made_of_the_same_weights_again(tmp_path):
    plan = make_plan({"variant": ["none", "prune-0.5"], "params": ["2e3"]}, IRIS)
    path = begin(plan, [], tmp_path, Listener())
    whole = read_quality(path).scored
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:-1]))
    resume(path, Listener())
    assert without_time(read_quality(path).scored) == without_time(whole)


def test_a_training_that_diverges_fails_with_its_variants_and_the_others_go_on():
    from harness.run.quality import _jobs, _scored
    from model_zoo.train.data import load
    from model_zoo.train.recipe import Recipe

    plan = make_plan({"variant": ["none", "prune-0.5"], "params": ["2e3"]}, IRIS)
    header, data = make_header(plan, ()), load("iris")
    data.features[:] = float("nan")
    (job, *_) = _jobs(header, data, set())
    found = list(_scored(job, data, Recipe(epochs=1)))
    assert [one.failure for one in found] == ["the loss was nan in epoch 1"] * 2
    assert not any(one.confusion for one in found)


def test_the_threads_of_torch_are_what_they_were(tmp_path):
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        begin(replace(IRIS, params=("2e3",), epochs=1), [], tmp_path, Listener())
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


def test_the_header_says_data_recipe_and_networks_with_their_counts():
    header = make_header(replace(IRIS, seed=5), ("scalecurve", "quality"))
    assert (header.data, header.items, header.classes, header.folds) == ("iris", 150, 3, 2)
    assert (header.recipe.epochs, header.recipe.seed) == (2, 5)
    for network in header.networks:
        assert network.parameter_count == parameter_count(network.spec)
        assert network.spec["input_size"] == 4


def test_networks_are_each_there_once_whatever_the_targets():
    plan = replace(IRIS, backend=("eager", "onnxruntime"), threads=(1, 2), batch_size=(1, 8))
    assert networks_of(plan) == networks_of(IRIS)


def test_digits_has_six_sizes_or_more_of_three_families_or_more():
    networks = networks_of(read_plan("digits"))
    families = {one.spec.family for one in networks}
    assert len(families) >= 3
    for family in families:
        assert len([one for one in networks if one.spec.family == family]) >= 6


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"data": ""}, "needs data"),
        ({"data": "mnist"}, "data: no data set 'mnist'"),
        ({"preset": ("gpt2",)}, "give no preset and no module"),
        ({"family": ("cnn",)}, "data: cnn takes no rows of a table"),
        ({"params": ("10",)}, "params: mlp can't have 10 parameters"),
        ({"family": ("mpl",)}, "no family 'mpl'; did you mean mlp"),
    ],
)
def test_what_cannot_be_trained_is_refused_before_anything_is_written(tmp_path, change, said):
    with pytest.raises(UsageError, match=said):
        begin(replace(IRIS, **change), [], tmp_path, Listener())
    assert not list(tmp_path.iterdir())


def test_more_folds_than_the_rarest_class_has_items_are_refused():
    from harness.run.quality import _jobs
    from model_zoo.train.data import Dataset, load

    data = load("iris")
    few = Dataset("iris", data.features[:52], data.labels[:52])
    with pytest.raises(UsageError, match="folds: iris has a class of 2 items"):
        list(_jobs(make_header(replace(IRIS, folds=3), ()), few, set()))


def test_without_scikit_learn_the_line_that_installs_it_is_said(tmp_path, monkeypatch):
    real = builtins.__import__

    def without(name, *rest):
        if name.partition(".")[0] == "sklearn":
            raise ModuleNotFoundError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(UsageError, match=r"python -m pip install 'scalecurve\[quality\]'"):
        begin(IRIS, [], tmp_path, Listener())
    assert not list(tmp_path.iterdir())

"""A student: a smaller network of the same family that learns what the plain one answers.

Source: Hinton, Vinyals and Dean, Distilling the Knowledge in a Neural Network (2015), section 2:
both outputs are softened by a temperature, and the student's are brought near the teacher's.
"""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from model_zoo.inputs import example_inputs, output_signature
from model_zoo.spec import ModelSpec
from model_zoo.variants.account import account
from model_zoo.variants.shape import real_sizes

FIRST_INDEX: Final = 10_000
"""Of the example inputs that are learned from; on none of them is anything judged."""
_BATCH_SIZE: Final = 32
_TEMPERATURE: Final = 4.0
_RATE: Final = 1e-3
_MOST_STEPS: Final = 400
_LEAST_STEPS: Final = 20
_FLOPS: Final = 400_000_000_000
"""That learning may take, about: ten seconds of one core."""
_PASSES: Final = 3
"""A step costs the student its pass, and two more to go back."""


def distill(teacher: nn.Module, spec: ModelSpec) -> nn.Module:
    """Return a student that has learned a network's outputs on the zoo's inputs.

    The same spec gives the same student on one machine: its first weights and what it learns from
    are seeded, and it learns on one thread.

    Args:
        teacher: The plain network of the spec, in fp32 on the CPU.
        spec: With a variant that says how large the student is.

    Raises:
        ValueError: outputs are as wide as the network, so that a student's are not the teacher's.
    """
    if len(output_signature(spec)) > 1:
        raise ValueError(f"a student of another width cannot give what {spec.family} gives")
    from model_zoo.build import build  # it makes variants by way of this module

    student = build(ModelSpec.of(spec.family, real_sizes(spec), seed=spec.seed)).module
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        _learn(student, teacher, spec)
    finally:
        torch.set_num_threads(threads)
    return student.requires_grad_(requires_grad=False).eval()


def steps_of(spec: ModelSpec) -> int:
    """Return how many batches a student learns from: fewer the larger the networks are."""
    a_step = _BATCH_SIZE * (_PASSES * account(spec).flops + account(spec.parent).flops)
    return max(_LEAST_STEPS, min(_MOST_STEPS, _FLOPS // a_step))


def _learn(student: nn.Module, teacher: nn.Module, spec: ModelSpec) -> None:
    """Take the steps; norms keep their statistics, for the networks are in evaluation mode."""
    student.requires_grad_(requires_grad=True)
    steps = steps_of(spec)
    optimiser = torch.optim.Adam(student.parameters(), lr=_RATE)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    for step in range(steps):
        arrays = example_inputs(spec, _BATCH_SIZE, FIRST_INDEX + step)
        given = tuple(torch.from_numpy(array) for array in arrays)
        with torch.no_grad():
            wanted = teacher(*given)
        loss = _distance(student(*given), wanted)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it without annotations
        optimiser.step()
        schedule.step()


def _distance(found: Tensor, wanted: Tensor) -> Tensor:
    """Return the mean divergence of softened scores, (..., classes), from the teacher's."""
    classes = wanted.shape[-1]
    ours = functional.log_softmax(found.reshape(-1, classes) / _TEMPERATURE, dim=1)
    theirs = functional.log_softmax(wanted.reshape(-1, classes) / _TEMPERATURE, dim=1)
    divergence = functional.kl_div(ours, theirs, log_target=True, reduction="batchmean")
    return divergence * _TEMPERATURE**2

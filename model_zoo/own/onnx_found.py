"""From an ONNX file of the user's own to what is measured: bound, run twice, counted."""

from __future__ import annotations

from pathlib import Path

from model_zoo.own.draw import draw
from model_zoo.own.file_facts import Found
from model_zoo.own.files import inputs_of
from model_zoo.own.onnx_file import OnnxFile, bind, write_onnx
from model_zoo.own.onnx_run import first_runtime
from model_zoo.own.onnx_work import known_shapes, parameter_count, work_of
from model_zoo.spec import ModelSpec


def find_onnx(file: OnnxFile, spec: ModelSpec, batch_size: int, folder: Path) -> Found:
    """Bind a file's axes, write it into a folder, and run it there on two inputs.

    Raises:
        BadFile: it cannot be bound, or no runtime here takes it.
    """
    bound = bind(file, spec.sizes, inputs_of(spec), batch_size)
    names = tuple(one.name for one in bound.inputs)
    given = (draw(bound.inputs, spec.seed), draw(bound.inputs, spec.seed + 1))
    graph = bound.model.graph
    shapes = known_shapes(graph)
    count, work = parameter_count(graph, shapes), work_of(graph, shapes)
    main = write_onnx(bound.model, None, folder)
    by, run = first_runtime(folder / main, names)
    outputs = (run(given[0]), run(given[1]))
    del run  # it may hold the file open
    write_onnx(bound.model, [array.shape for array in outputs[0]], folder)
    return Found(
        main=main,
        parameter_count=count,
        precision=bound.precision,
        by=by,
        work=work,
        names=names,
        inputs=given,
        outputs=outputs,
    )

"""Inference benchmarks as pytest tests; loaded by `pytest_scalecurve` when they are used."""

"""Measure inference of zoo networks on several runtimes, against their parameter count."""

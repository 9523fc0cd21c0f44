"""Medians, intervals, effective sample sizes and quiet slices: pure functions over arrays.

Imports only numpy and the standard library, because importing scipy costs more than a trial.
"""

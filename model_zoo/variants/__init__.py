"""What is done to a plain network to make it cheaper: quantised, pruned, factored, distilled.

A variant is a text in a spec, parsed by `name`; `account` says what it holds on paper; the other
modules, which import torch, make it.
"""

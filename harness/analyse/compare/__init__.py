"""From two sets of runs to verdicts: effects of one number a trial, held against what matters."""

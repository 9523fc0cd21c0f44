"""How good the verdicts are: figures of studies with fixed seeds beside their bounds."""

"""Run files: JSON Lines, one run a file, only ever appended to."""

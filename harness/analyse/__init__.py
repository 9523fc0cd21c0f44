"""From run files to answers. Pure functions of records; no runtime is ever imported."""

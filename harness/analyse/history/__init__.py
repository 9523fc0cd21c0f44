"""When something changed, and by how much: series of one case over many runs."""

"""One file a question: from what was measured on a machine to its answer, charts and tables."""

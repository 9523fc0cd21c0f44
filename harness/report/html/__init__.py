"""One page for everything: answers, charts and records in a file that needs no network."""

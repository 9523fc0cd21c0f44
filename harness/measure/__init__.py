"""On a prepared model: verify, warm up, sample, stop."""

"""Networks of the zoo trained on small real data: what a size is worth, beside what it costs."""

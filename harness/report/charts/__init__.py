"""Charts: each a figure that a page draws in the browser, and `plot` as a picture."""

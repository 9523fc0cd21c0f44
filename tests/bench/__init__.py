"""What the harness itself costs and how well it repeats: ratios side by side, never assertions."""

"""From answers to text and pictures: layout, units and digits, no statistics."""

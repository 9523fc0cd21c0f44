"""From readings of counters to energy: pure functions, in whole native units as far as they go."""

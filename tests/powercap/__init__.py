"""A powercap tree in a temporary folder, whose counters a process moves by a known trace."""

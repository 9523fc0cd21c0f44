"""A library that answers as NVML from a file, for the real bindings in a process of their own."""

"""From a plan to a run file: cases, order, servers, workers."""

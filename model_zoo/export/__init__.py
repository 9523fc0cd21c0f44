"""From a built network to files that runtimes load, and the cache that keeps them."""

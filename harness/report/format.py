"""Numbers for people: the only place where a value is scaled or rounded.

Prefixes are decimal throughout, also for bytes: 1 kB is 1,000 B and 1 MB is 1,000,000 B.
"""

from __future__ import annotations

import math
import unicodedata
from typing import Final

from harness.core.metric import METRICS
from harness.core.reason import Reason
from harness.core.record import Value

DASH: Final = "\N{EN DASH}"
"""Stands where there is no number."""

_DIGITS: Final = 3
"""Significant digits of every printed estimate: a spread below 0.1 % is never claimed."""

_SMALL: Final = ((1.0, ""), (1e-3, "m"), (1e-6, "µ"), (1e-9, "n"))
_LARGE: Final = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))
_PREFIXES: Final = {
    "s": _SMALL,
    "B": (*_LARGE, (1.0, "")),
    "1/s": (*_LARGE, (1.0, "")),
    "FLOP": (*_LARGE, (1.0, "")),
    "FLOP/s": (*_LARGE, (1.0, "")),
    "B/s": (*_LARGE, (1.0, "")),
    "J": (*_LARGE, *_SMALL),
    "W": (*_LARGE, *_SMALL),
    "": (*_LARGE, (1.0, "")),
}
"""By unit, largest first; the empty unit is a count."""

_SHARE: Final = "1"
_TENFOLD: Final = 10.0
"""Ratio from which on nobody thinks in per cent."""
_HUGE: Final = 1e6
_LONGEST: Final = 120
"""Characters of a name; longer ones are a mistake or an attack, and would ruin every table."""


def quantity(value: float, unit: str) -> str:
    """Format a value in SI units with a prefix and three digits.

    Args:
        value: In `unit`, without a prefix.
        unit: `s`, `B`, `1/s`, `J`, `W`, `FLOP`, `FLOP/s`, `B/s`, or `1` for a share.

    >>> quantity(0.00123, "s"), quantity(0.0009996, "s"), quantity(0, "s")
    ('1.23 ms', '1.00 ms', '0 s')
    >>> quantity(512, "B"), quantity(217_400_000, "B")
    ('512 B', '217 MB')
    >>> quantity(12_345, "1/s"), quantity(0.25, "1/s")
    ('12.3 k/s', '0.250 /s')
    >>> quantity(0.0452, "1"), quantity(1, "1"), quantity(0.00000021, "1")
    ('4.52 %', '100 %', '0.0000210 %')
    >>> quantity(1.234e11, "FLOP/s"), quantity(1.5e10, "B/s")
    ('123 GFLOP/s', '15.0 GB/s')
    >>> quantity(3.2e-5, "J"), quantity(65.25, "W")
    ('32.0 µJ', '65.2 W')
    """
    if unit == _SHARE:
        return f"{_share(value)} %"
    factor, prefix = _prefix(value, unit)
    return (
        f"{_scaled(value, factor, _decimals(value / factor, unit, prefix))} {_name(unit, prefix)}"
    )


def interval(value: float, unit: str, low: float | None, high: float | None) -> str:
    """Format a value with its interval, both at the value's prefix and number of decimals.

    >>> interval(0.00123, "s", 0.0012, 0.00126)
    '1.23 ms [1.20, 1.26]'
    >>> interval(0.0009, "s", 0.0008, 0.0011), interval(0.5, "1", 0.41, 0.6)
    ('900 µs [800, 1,100]', '50.0 % [41.0, 60.0]')
    >>> interval(0.00123, "s", None, None), interval(0.00123, "s", None, 0.0013).replace(DASH, "-")
    ('1.23 ms', '1.23 ms [-, 1.30]')
    """
    if low is None and high is None:
        return quantity(value, unit)
    if unit == _SHARE:
        ends = [DASH if end is None else _share(end) for end in (low, high)]
    else:
        factor, prefix = _prefix(value, unit)
        decimals = _decimals(value / factor, unit, prefix)
        ends = [DASH if end is None else _scaled(end, factor, decimals) for end in (low, high)]
    return f"{quantity(value, unit)} [{', '.join(ends)}]"


def missing(reason: Reason | None) -> str:
    """Format a number that is not there, with the code that says why.

    >>> from harness.core.reason import ReasonCode
    >>> missing(Reason(code=ReasonCode.TOO_FEW_SAMPLES, detail="has 12")).replace(DASH, "-")
    '- too_few_samples'
    >>> missing(None) == DASH
    True
    """
    return f"{DASH} {reason.code}" if reason else DASH


def estimate(value: Value, *, with_interval: bool) -> str:
    """Format one metric of one case in its unit; a null is a dash and its code, never a zero.

    >>> estimate(Value(metric="latency_p50", value=2e-6, low=1e-6, high=3e-6), with_interval=True)
    '2.00 µs [1.00, 3.00]'
    """
    if value.value is None:
        return missing(value.reason)
    unit = METRICS[value.metric].unit
    if with_interval:
        return interval(value.value, unit, value.low, value.high)
    return quantity(value.value, unit)


def count(number: int) -> str:
    """Format a count with thousands kept apart.

    >>> count(102_010)
    '102,010'
    """
    return f"{number:,}"


def scaled_count(number: float) -> str:
    """Format a large count with a prefix and three digits.

    >>> scaled_count(4.124e9), scaled_count(999)
    ('4.12 G', '999')
    """
    factor, prefix = _prefix(number, "")
    return f"{_scaled(number, factor, _decimals(number / factor, '', prefix))} {prefix}".rstrip()


def change(ratio: float, low: float | None = None, high: float | None = None) -> str:
    """Format a ratio as a relative change with a sign, in per cent; from tenfold on, as a factor.

    >>> change(1.041, 1.026, 1.057), change(0.9996), change(2.5, 2.4, 2.6)
    ('+4.1 % [+2.6, +5.7]', '+0.0 %', '+150.0 % [+140.0, +160.0]')
    >>> change(597.74), change(1.04, 0.0123, 12.5), change(9.99)
    ('x 598', 'x 1.04 [0.0123, 12.5]', '+899.0 %')
    """
    given = (ratio,) if low is None or high is None else (ratio, low, high)
    if max(given) >= _TENFOLD:
        first, *ends = map(_factor, given)
        text = f"x {first}"
    else:
        first, *ends = map(_signed, given)
        text = f"{first} %"
    return f"{text} [{', '.join(ends)}]" if ends else text


def _factor(ratio: float) -> str:
    """Format a ratio with three digits; of a very large one only its size is of interest.

    >>> _factor(0), _factor(0.000049), _factor(1.0), _factor(12_345), _factor(1e9)
    ('0', '0.0000490', '1.00', '12,300', '1.00e+09')
    """
    if ratio >= _HUGE:
        return f"{ratio:.2e}"
    rounded = float(f"{ratio:.{_DIGITS - 1}e}")
    return _scaled(rounded, 1.0, _decimals(rounded, "1", ""))


def _signed(ratio: float) -> str:
    return f"{round(100 * (ratio - 1), 1) + 0.0:+,.1f}"  # adding zero turns -0.0 into 0.0


def tick(value: float, unit: str = "") -> str:
    """Label one tick of an axis; the empty unit is a count.

    >>> tick(1e5), tick(2e6), tick(1e-5, "s"), tick(0.5, "s"), tick(2000, "1/s")
    ('100 k', '2 M', '10 µs', '500 ms', '2 k/s')
    """
    factor, prefix = _prefix(value, unit)
    return f"{float(f'{value / factor:.3g}'):,g} {_name(unit, prefix)}".rstrip()


def seconds_as_words(seconds: float) -> str:
    """Format a span of time that a person waits for.

    >>> [seconds_as_words(seconds) for seconds in (0.2, 7, 59.6, 200, 3905, 90_000)]
    ['under 1 s', '7 s', '1 min', '3 min 20 s', '1 h 5 min', '25 h']
    """
    total = round(seconds)
    if total < 1:
        return "under 1 s"
    hours, minutes, rest = total // 3600, total % 3600 // 60, total % 60
    if hours:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    if not minutes:
        return f"{rest} s"
    return f"{minutes} min {rest} s" if rest else f"{minutes} min"


def plain_text(text: str, *, longest: int = _LONGEST) -> str:
    r"""Make a name from a file safe to print: no control characters, no unbounded length.

    >>> plain_text("a\x1b[31mb\nc"), len(plain_text("x" * 10_000))
    ('a\\x1b[31mb\\nc', 120)
    """
    if len(text) <= longest and text.isprintable():
        return text
    shown = "".join(
        character.encode("unicode_escape").decode("ascii")
        if unicodedata.category(character)[0] in {"C", "Z"} and character != " "
        else character
        for character in text[: longest + 1]
    )
    return shown if len(shown) <= longest else f"{shown[: longest - 1]}…"


def _prefix(value: float, unit: str) -> tuple[float, str]:
    """Choose the prefix under which the rounded value has one to three digits."""
    prefixes = _PREFIXES[unit]
    size = abs(float(f"{value:.{_DIGITS - 1}e}"))
    if size == 0:
        return 1.0, ""
    return next((pair for pair in prefixes if size >= pair[0] * (1 - 1e-12)), prefixes[-1])


def _decimals(scaled: float, unit: str, prefix: str) -> int:
    """Return the decimals that leave three significant digits; whole counts and bytes have none."""
    if scaled == 0 or (unit in {"", "B"} and not prefix):
        return 0
    rounded = float(f"{scaled:.{_DIGITS - 1}e}")
    return max(0, _DIGITS - 1 - math.floor(math.log10(abs(rounded))))


def _scaled(value: float, factor: float, decimals: int) -> str:
    return f"{value / factor:,.{decimals}f}"


def _share(value: float) -> str:
    """Format a share in per cent with three digits, and never as a power of ten.

    >>> _share(0.5), _share(0.12345), _share(0.99999), _share(1e-5)
    ('50.0', '12.3', '100', '0.00100')
    """
    return _scaled(value, 0.01, _decimals(value / 0.01, "1", ""))


def _name(unit: str, prefix: str) -> str:
    """Join prefix and unit.

    >>> _name("s", "m"), _name("1/s", "k")
    ('ms', 'k/s')
    """
    return f"{prefix}/s" if unit == "1/s" else f"{prefix}{unit}"

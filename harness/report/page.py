"""Charts as pages: everything inline, nothing fetched, every name only text."""

from __future__ import annotations

import html
from typing import Final

_PAGE: Final = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<title>{title}</title>
<style>body {{ margin: 0; background: #fff; }} #chart {{ overflow-x: auto; }}</style>
<script>{library}</script>
</head>
<body>
<div id="chart"></div>
<script>
vegaEmbed("#chart", {specification}, {options}).catch(console.error);
</script>
</body>
</html>
"""

_POLICY: Final = (
    "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; "
    "img-src data: blob:"
)
"""The browser fetches nothing, whatever a name in the data says."""

_OPTIONS: Final = (
    '{"renderer": "svg", "actions": {"export": true, "source": false, '
    '"compiled": false, "editor": false}}'
)


def chart_page(title: str, specification: str, library: str) -> str:
    """Put a chart into a page that needs no network.

    Args:
        title: Of the window.
        specification: The chart, as JSON.
        library: The drawing library, as JavaScript that defines `vegaEmbed`.
    """
    return _PAGE.format(
        policy=_POLICY,
        title=html.escape(title),
        library=library.replace("</script", "<\\/script"),
        specification=inert(specification),
        options=_OPTIONS,
    )


def inert(json_text: str) -> str:
    r"""Write JSON so that nothing in it can end the script that it stands in.

    >>> inert('{"name": "</script>"}')
    '{"name": "\\u003c/script\\u003e"}'
    """
    replaced = {"<": r"\u003c", ">": r"\u003e", "&": r"\u0026", "\u2028": r"\u2028"}
    for character, escape in replaced.items():
        json_text = json_text.replace(character, escape)
    return json_text.replace("\u2029", r"\u2029")

"""Which commit the measured code comes from."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from harness.environment.host import Host


def describe_source(host: Host, folder: Path) -> Mapping[str, str]:
    """Return commit and dirtiness of the checkout around `folder`; empty where there is none.

    Files that git does not know do not make a tree dirty: results lie there.
    """
    git = ["git", "--no-optional-locks", "-C", str(folder)]
    commit = host.ask([*git, "rev-parse", "HEAD"])
    if not commit:
        return {}
    changes = host.ask([*git, "status", "--porcelain", "--untracked-files=no"])
    facts = {"commit": commit}
    if changes is not None:
        facts["dirty"] = "yes" if changes else "no"
    return facts

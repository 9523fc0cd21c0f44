"""What an interpreter under test says of itself, in a process of its own: standard library only.

Started as `python -m harness.run.ab_facts [PACKAGE...]`; prints one line of JSON.
"""

from __future__ import annotations

import json
import platform
import sys
from importlib.util import find_spec

from harness.environment.versions import describe_versions


def main() -> None:
    """Print which Python this is, what it has, and the versions that can move a number."""
    facts = {
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "has": [name for name in ("numpy", *sys.argv[1:]) if find_spec(name) is not None],
        "versions": dict(describe_versions()),
    }
    sys.stdout.write(json.dumps(facts) + "\n")


if __name__ == "__main__":
    main()

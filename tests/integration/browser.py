"""A real browser without a window, spoken to by the protocol that every browser's driver has.

Source: W3C, WebDriver (2018); the two logs are chromedriver's.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

_STARTED: Final = "was started successfully on port "
_LIMIT_S: Final = 60
_SAID: Final = 500
_ELEMENT: Final = "element-6066-11e4-a52e-4f735466cecf"
"""Key of an element's name, as the protocol has it."""


def missing() -> str:
    """Say what of the browser is missing; empty for nothing."""
    names = [name for name in ("chromium", "chromedriver") if shutil.which(name) is None]
    return f"{' and '.join(names)}: not installed" if names else ""


@dataclass(frozen=True, slots=True)
class Browser:
    """One window."""

    address: str
    """Of its session at the driver."""

    def open(self, path: Path) -> None:
        """Load a file, to the end of its `load` event."""
        self._post("url", {"url": path.as_uri()})

    def run(self, script: str, *arguments: object) -> Any:
        """Run a function's body in the page; return what it returns."""
        return self._post("execute/sync", {"script": script, "args": list(arguments)})

    def wait(self, script: str, *arguments: object) -> Any:
        """Run a body that may `await`; return what it returns."""
        text = f"const done = arguments[arguments.length - 1]; (async () => {{ {script} }})()"
        text += ".then(done, (error) => done(`failed: ${error}`));"
        return self._post("execute/async", {"script": text, "args": list(arguments)})

    def click(self, selector: str) -> None:
        """Click on the first element that matches, as a user does: it must be in sight."""
        self._post(f"element/{self._find(selector)}/click", {})

    def write(self, selector: str, text: str) -> None:
        """Type into an element."""
        self._post(f"element/{self._find(selector)}/value", {"text": text})

    def press(self, key: str) -> None:
        """Press a key on whatever has the focus."""
        keys = [{"type": kind, "value": key} for kind in ("keyDown", "keyUp")]
        self._post("actions", {"actions": [{"type": "key", "id": "keys", "actions": keys}]})

    def hover(self, selector: str) -> None:
        """Point at the middle of an element."""
        at = {_ELEMENT: self._find(selector)}
        move = {"type": "pointerMove", "duration": 0, "x": 0, "y": 0, "origin": at}
        pointer = {"type": "pointer", "id": "mouse", "actions": [move]}
        self._post("actions", {"actions": [pointer]})

    def complaints(self) -> list[str]:
        """Return what was written to the console as a warning or an error."""
        entries = self._post("se/log", {"type": "browser"})
        return [entry["message"] for entry in entries if entry["level"] in {"WARNING", "SEVERE"}]

    def requests(self) -> list[str]:
        """Return every address that was asked for since the last call."""
        entries = self._post("se/log", {"type": "performance"})
        events = [json.loads(entry["message"])["message"] for entry in entries]
        sent = (event for event in events if event["method"] == "Network.requestWillBeSent")
        return [event["params"]["request"]["url"] for event in sent]

    def emulate(self, command: str, **parameters: object) -> Any:
        """Have the browser stand for another one: dark, narrow, printing, without scripts."""
        return self._post("goog/cdp/execute", {"cmd": command, "params": parameters})

    def picture(self) -> str:
        """Return what is in sight, as PNG in base64."""
        shown: str = _ask(f"{self.address}/screenshot")
        return shown

    def _find(self, selector: str) -> str:
        found: str = self._post("element", {"using": "css selector", "value": selector})[_ELEMENT]
        return found

    def _post(self, path: str, body: dict[str, Any]) -> Any:
        return _ask(f"{self.address}/{path}", body)


@contextmanager
def browser(arguments: Sequence[str] = ()) -> Iterator[Browser]:
    """Start a driver on loopback with one browser, and end both."""
    command = [shutil.which("chromedriver") or "chromedriver", "--port=0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as driver:
        try:
            root = f"http://127.0.0.1:{_port(driver)}/session"
            made = _ask(root, {"capabilities": {"alwaysMatch": _capabilities(arguments)}})
            address = f"{root}/{made['sessionId']}"
            try:
                yield Browser(address)
            finally:
                _ask(address, method="DELETE")
        finally:
            driver.terminate()


def _capabilities(arguments: Sequence[str]) -> dict[str, Any]:
    flags = ("--headless=new", "--no-sandbox", "--disable-gpu", "--window-size=1280,1000")
    still = "--force-prefers-reduced-motion"  # what is clicked on has stopped scrolling
    return {
        "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
        "goog:chromeOptions": {"args": [*flags, still, "--disable-dev-shm-usage", *arguments]},
        "timeouts": {"script": _LIMIT_S * 1000},
    }


def _port(driver: subprocess.Popen[str]) -> int:
    assert driver.stdout is not None
    for line in driver.stdout:
        if _STARTED in line:
            return int(line.partition(_STARTED)[2].strip().rstrip("."))
    raise RuntimeError("chromedriver ended without a port")


def _ask(address: str, body: dict[str, Any] | None = None, method: str | None = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(  # noqa: S310 - the driver on loopback
        address, data=data, method=method, headers={"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=_LIMIT_S) as reply:  # noqa: S310
            return json.load(reply)["value"]
    except urllib.error.HTTPError as error:
        said = error.read().decode(errors="replace")[:_SAID]
        raise RuntimeError(f"the browser's driver: {said}") from error

"""Passwords, keys and tokens in the output of the real engine at its most verbose.

At `-v=9` some engines write every property that they pass on, secret or not: 3.259 does, 3.274
hides secrets. A resource that does nothing shows the engine's own output; the provider must not add
a secret to it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from tests.support.pulumi_stack import PulumiStack

PASSWORD, KEY_SECRET, TOKEN = "zq7password7qz", "zk5keysecret5kz", "zt3ststoken3tz"
_PASSED_ON = re.compile(
    r"(?:Unm|M)arshaling property for RPC\[\w+(?:\[\w+\])?\.(\w+)\(.*\)(\.\w+)?\]"
)
_CONTROL = f"""\
import pulumi
from pulumi.dynamic import CreateResult, Resource, ResourceProvider

class Nothing(ResourceProvider):
    def create(self, props):
        return CreateResult("control", {{}})

class Control(Resource):
    pass

login = pulumi.Output.secret([{{"server": "r.example.com", "password": "{PASSWORD}"}}])
Control(Nothing(), "control", {{"imageRegistryCredentials": login}})
"""


def test_the_provider_adds_no_secret_to_the_engine_s_debug_log(stack: PulumiStack) -> None:
    stack.service.configure(
        access_keys={"testid": KEY_SECRET},
        security_tokens={"testid": TOKEN},
        failing_images=("broken*",),
    )
    stack.environment = {
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": KEY_SECRET,
        "ALIBABA_CLOUD_SECURITY_TOKEN": TOKEN,
    }
    stack.service.faults.add(
        {"kind": "error", "action": "CreateImageCache", "match": {"Image.1": "refused*"}}
        | {"code": "InvalidParameter", "status": 400, "message": f"the password {PASSWORD} is bad"}
    )
    for name in ("good", "broken", "refused"):
        login = {"server": "r.example.com", "user_name": "me", "password": PASSWORD}
        stack.declare(name, images=[f"{name}:1"], image_registry_credentials=[login])
    run = stack.try_up("--diff", "--continue-on-error", "--logtostderr", "-v=9")
    assert not run.ok
    assert not run.tracebacks
    stack.program = _CONTROL
    control = stack.try_up("--diff", "--logtostderr", "-v=9")
    assert control.ok, control.text[-2000:]

    by_the_engine = kinds(
        line for line in control.text.splitlines() if "eci:ImageCache" not in line
    )
    # the property is in the log, with its value or without
    assert "imageRegistryCredentials" in control.text
    assert kinds(run.text.splitlines()) <= by_the_engine
    written = [run.text, *files(stack)]
    assert not [text for text in written if KEY_SECRET in text or TOKEN in text]
    assert not [text for text in files(stack) if PASSWORD in text]


def kinds(lines: Iterable[str]) -> set[tuple[str, ...]]:
    """Return where the log contains the password: the call, and the part of the call."""
    found: set[tuple[str, ...]] = set()
    for line in lines:
        if PASSWORD in line:
            place = _PASSED_ON.search(line)
            found.add(place.groups("") if place else ("not by the engine", line[:200]))
    return found


def files(stack: PulumiStack) -> list[str]:
    """Return the texts of all files in the stack's folder except the program, and the data of the
    API.
    """
    return [
        str(stack.service.journal.entries()),
        str(stack.service.caches()),
        *(
            file.read_text(errors="replace")
            for file in stack.folder.rglob("*")
            if file.is_file()
            and file.name not in {"caches.json", "__main__.py"}
            and not file.match("project/__pycache__/*")
        ),
    ]

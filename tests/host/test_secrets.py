"""Passwords, keys and tokens appear in no output, after successes and after failures."""

from __future__ import annotations

import base64
import json
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from eci_emulator.server import RunningEmulator, running
from eci_emulator.settings import Settings
from tests.support.fake_engine import FakeEngine, running_engine
from tests.support.provider_process import (
    BROKEN,
    PICKLED,
    REGION,
    CallFailedError,
    Properties,
    Provider,
    as_dict,
    inputs,
    sent,
)
from tests.support.provider_start import running_provider

MARKER = "zq7marker7qz"
PASSWORD = f"{MARKER}&/+ü {MARKER}"  # a secret may appear in the form that a URL needs


KEY_SECRET, TOKEN = "zk5keysecret5kz", "zt3ststoken3tz"
SECRETS = (MARKER, KEY_SECRET, TOKEN)
CREDENTIALS = {
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET": KEY_SECRET,
    "ALIBABA_CLOUD_SECURITY_TOKEN": TOKEN,
}


def with_login(number: int = 1, **changes: object) -> Properties:
    """Return inputs with a registry credential; another *number* is another password."""
    login = {"server": "registry.example.com", "userName": "robot", "password": PASSWORD * number}
    return inputs(imageRegistryCredentials=[login], **changes)


@dataclass(frozen=True)
class Scene:
    """The processes that may write something, and the folder for their files."""

    provider: Provider
    engine: FakeEngine
    api: RunningEmulator
    folder: Path

    def everything_written(self) -> dict[str, str]:
        """Return all texts that were written, by place."""
        files = [path for path in self.folder.rglob("*") if path.is_file()]
        return {
            "replies, errors and trailers": "\n".join(self.provider.heard),
            "the engine's log": str(self.engine.lines),
            "the API's journal": self._control("journal"),
            "the API's state": self._control("state"),
            "the API's page": self._get(""),
            "the pickled provider": base64.b64decode(PICKLED).decode("latin-1"),
            **{str(path): path.read_bytes().decode("latin-1") for path in files},
        }

    def _control(self, name: str) -> str:
        return self._get(f"_emulator/{name}")

    def _get(self, path: str) -> str:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(f"{self.api.url}/{path}", timeout=10) as reply:
            text: str = reply.read().decode()
        return text


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """A provider process, an engine, and an API that keeps its data in a file."""
    settings = Settings(
        build_seconds=0.1,
        failing_images=(BROKEN,),
        data=tmp_path / "eci.db",
        access_keys={"testid": KEY_SECRET},
        security_tokens={"testid": TOKEN},
    )
    with running(settings) as api, running_engine() as engine:
        config = {"eci:endpoint": api.url, "eci:region": REGION}
        with running_provider(tmp_path, engine.address, config, **CREDENTIALS) as provider:
            yield Scene(provider, engine, api, tmp_path)


def test_no_secret_is_anywhere(scene: Scene) -> None:
    # Only CheckResponse and ReadResponse contain the password, because the engine needs it.
    provider, eci = scene.provider, scene.api.emulator

    # Successes.
    checked = provider.check(with_login(imageCacheName=None))
    assert MARKER in str(as_dict(checked.inputs))
    cache_id, outputs = provider.create(with_login())
    provider.diff(cache_id, outputs, with_login(2, images=["nginx:1.28"]))
    provider.refresh(cache_id, outputs, with_login())
    outputs = provider.update(cache_id, outputs, with_login(2, retentionDays=9))
    outputs = provider.update(cache_id, outputs, with_login(2, images=["nginx:1.28"]))
    eci.edit(cache_id, {"elimination_strategy": "LRU"})
    drifted = provider.refresh(cache_id, outputs, with_login(2))
    assert MARKER in str(as_dict(drifted.inputs))

    # Inputs that fail the check, the password among them.
    assert provider.check(with_login(images=[], annotations=[PASSWORD])).failures
    broken_login = {"server": f"https://{PASSWORD}", "password": [PASSWORD], PASSWORD[:3]: PASSWORD}
    assert provider.check(inputs(imageRegistryCredentials=[broken_login, PASSWORD])).failures

    # Partial results.
    with pytest.raises(CallFailedError):
        provider.create(with_login(images=[BROKEN]))
    with pytest.raises(CallFailedError):
        provider.update(cache_id, outputs, with_login(2, images=[BROKEN]))
    eci.configure(build_seconds=3600)
    with pytest.raises(CallFailedError):
        provider.create(with_login(), timeout=0.3)
    eci.configure(build_seconds=0.1)

    # Refusals and unusable replies.
    for description in (
        {"kind": "error", "status": 403, "code": "Forbidden.RAM", "message": "not authorized"},
        {"kind": "malformed", "status": 502},
        {"kind": "malformed", "status": 200},
        {"kind": "reset"},
        {"kind": "reset", "after_effect": True},
        {"kind": "truncated"},
    ):
        fault = eci.faults.add({"action": "*e*ImageCache*", **description})
        with pytest.raises(CallFailedError):
            provider.create(with_login(), timeout=0.3)
        with pytest.raises(CallFailedError):
            provider.update(cache_id, outputs, with_login(images=["nginx:1.29"]), timeout=0.3)
        eci.faults.clear(fault)
    eci.configure(switches=replace(eci.settings.switches, name_rule="like_container_groups"))
    with pytest.raises(CallFailedError):
        provider.create(with_login(imageCacheName="-"))

    # A wrong secret, and a wrong token.
    for wrong in ({"access_keys": {"testid": "another"}}, {"security_tokens": {"testid": "other"}}):
        eci.configure(**wrong)
        with pytest.raises(CallFailedError):
            provider.create(with_login())
        with pytest.raises(CallFailedError):
            provider.update(cache_id, outputs, with_login(images=["nginx:1.29"]))
        with pytest.raises(CallFailedError):
            provider.refresh(cache_id, outputs, with_login())
    eci.configure(access_keys={"testid": KEY_SECRET}, security_tokens={"testid": TOKEN})

    # Throttling comes last: afterwards the process waits for the rate limit of the account.
    fault = eci.faults.add({"action": "*e*ImageCache*", "kind": "throttle", "per_minute": 0})
    with pytest.raises(CallFailedError):
        provider.create(with_login(), timeout=0.3)
    eci.faults.clear(fault)

    provider.delete(cache_id, outputs)
    assert sent(eci, "CreateImageCache")[0]["ImageRegistryCredential.1.Password"] == "***"
    written = scene.everything_written()
    assert "ErrorResourceInitFailed" in written["replies, errors and trailers"]
    found = [
        (where, secret) for where, text in written.items() for secret in SECRETS if secret in text
    ]
    assert found == []


def test_a_password_of_another_process_is_not_shown(scene: Scene, tmp_path: Path) -> None:
    eci, news = scene.api.emulator, with_login(images=[BROKEN], skipAwait=True)
    eci.configure(pull_errors={BROKEN: f"unauthorized: robot:{PASSWORD} denied"})
    cache_id, outputs = scene.provider.create(news)
    eci.advance(60.0)
    config = {"eci:endpoint": scene.api.url, "eci:region": REGION}
    for later in ("refresh", "update"):
        folder = tmp_path / later
        folder.mkdir()
        with running_provider(folder, scene.engine.address, config, **CREDENTIALS) as provider:
            if later == "refresh":
                provider.refresh(cache_id, outputs, news)
                message = str(scene.engine.lines)
            else:
                rotated = with_login(2, images=[BROKEN])
                with pytest.raises(CallFailedError) as failure:
                    provider.update(cache_id, outputs, rotated, old_inputs=news)
                message = str(failure.value)
        assert "robot:*** denied" in message
        assert "pulumi up" in message
        assert MARKER not in message


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_no_password_is_shown_when_the_endpoint_is_unreachable(tmp_path: Path, scheme: str) -> None:
    with (
        running_engine() as engine,
        running_provider(
            tmp_path,
            engine.address,
            {"eci:region": REGION},
            ECI_ENDPOINT=f"{scheme}://127.0.0.1:1",
        ) as provider,
    ):
        for call in (
            lambda: provider.create(with_login(), timeout=0.3),
            lambda: provider.update(
                "imc-1",
                {**inputs(), "status": "Ready"},
                with_login(2, retentionDays=9),
                timeout=0.3,
            ),
        ):
            with pytest.raises(CallFailedError):
                call()
        written = [provider.output(), *provider.heard, str(engine.lines)]
    assert "got no usable answer" in "".join(written)
    assert MARKER not in "".join(written)


def test_a_password_in_a_message_of_the_service_is_not_shown(scene: Scene) -> None:
    scene.api.emulator.faults.add(
        {
            "kind": "error",
            "action": "CreateImageCache",
            "status": 400,
            "code": "InvalidParameter",
            "message": json.dumps({"ImageRegistryCredential.1.Password": PASSWORD}),
        }
    )
    with pytest.raises(CallFailedError):
        scene.provider.create(with_login())
    assert MARKER not in "\n".join(scene.provider.heard)

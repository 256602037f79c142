"""A real registry, Debian's docker-registry on loopback, and small images in it."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests

from tests.support.until import until

USER, PASSWORD = "puller", "pa55/w0rd+zq7"
OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
MIB = 1024 * 1024


@dataclass
class DockerRegistry:
    """A running registry.

    Attributes:
        host: Its host and port, as images name it.
        log: The file that has a line for each request.
        credentials: Required user and password, or None.
        certificate: Its certificate, as PEM, if it has TLS.
        sign: Creates a token for a repository, if the registry requires tokens.
    """

    host: str
    log: Path
    credentials: tuple[str, str] | None = None
    certificate: Path | None = None
    sign: Callable[[list[str]], str] | None = None

    def asked(self) -> list[str]:
        """Return method and path of each request so far."""
        return re.findall(r'"((?:GET|HEAD|PUT|POST) /v2/\S*) HTTP', self.log.read_text())

    def push(self, name: str, *layers: bytes | tuple[bytes, int], **options: Any) -> str:  # noqa: ANN401
        """Push an image of one platform; return its digest.

        Args:
            name: Repository and tag.
            layers: The bytes of each layer, or the bytes and the size that the manifest states.
            options: See `manifest`.
        """
        repository, _, tag = name.partition(":")
        return self.put(repository, tag, *self.manifest(repository, *layers, **options))

    def push_index(self, name: str, *platforms: str, layers: Sequence[bytes] = (b"layer",)) -> str:
        """Push an index with an image for each of *platforms*; return its digest."""
        repository, _, tag = name.partition(":")
        entries = []
        for platform in platforms:
            body, kind = self.manifest(repository, *layers, platform.encode(), platform=platform)
            digest = self.put(repository, _digest(body), body, kind)
            system, architecture, *variant = platform.split("/")
            named = {"os": system, "architecture": architecture}
            if variant:
                named["variant"] = variant[0]
            entry = {"mediaType": kind, "digest": digest, "size": len(body), "platform": named}
            entries.append(entry)
        index = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": entries}
        return self.put(repository, tag, json.dumps(index).encode(), OCI_INDEX)

    def manifest(
        self,
        repository: str,
        *layers: bytes | tuple[bytes, int],
        platform: str = "linux/amd64",
        kind: str = OCI_MANIFEST,
    ) -> tuple[bytes, str]:
        """Push the blobs of an image; return its manifest and the media type."""
        system, architecture, *_ = platform.split("/")
        config = json.dumps({"os": system, "architecture": architecture}).encode()
        sized = [layer if isinstance(layer, tuple) else (layer, len(layer)) for layer in layers]
        for blob in (config, *(body for body, _ in sized)):
            self._upload(repository, blob)
        manifest = {
            "schemaVersion": 2,
            "mediaType": kind,
            "config": {
                "mediaType": "application/vnd.oci.image.config.v1+json",
                "digest": _digest(config),
                "size": len(config),
            },
            "layers": [
                {
                    "mediaType": "application/vnd.oci.image.layer.v1.tar+gzip",
                    "digest": _digest(body),
                    "size": size,
                }
                for body, size in sized
            ],
        }
        return json.dumps(manifest).encode(), kind

    def put(self, repository: str, reference: str, body: bytes, kind: str) -> str:
        """Put a manifest; return its digest."""
        path = f"{repository}/manifests/{reference}"
        return self._call("PUT", path, body, {"Content-Type": kind}).headers[
            "Docker-Content-Digest"
        ]

    def _upload(self, repository: str, blob: bytes) -> None:
        place = self._call("POST", f"{repository}/blobs/uploads/").headers["Location"]
        path = urlsplit(place)
        query = f"{path.query}&digest={_digest(blob)}"
        self._call("PUT", f"{path.path.removeprefix('/v2/')}?{query}", blob)

    def _call(
        self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> requests.Response:
        sent = dict(headers or {})
        if self.sign:
            repository = re.split("/(?:blobs|manifests)/", path)[0]
            sent["Authorization"] = f"Bearer {self.sign([repository])}"
        with requests.Session() as session:
            session.trust_env = False
            session.verify = str(self.certificate) if self.certificate else True
            response = session.request(
                method,
                f"{'https' if self.certificate else 'http'}://{self.host}/v2/{path}",
                data=body,
                headers=sent,
                auth=self.credentials,
                timeout=10,
            )
        assert response.ok, response.text
        return response


def _digest(body: bytes) -> str:
    return f"sha256:{hashlib.sha256(body).hexdigest()}"


@contextmanager
def docker_registry(
    folder: Path,
    *,
    auth: Mapping[str, Any] | None = None,
    credentials: tuple[str, str] | None = None,
    certificate: Path | None = None,
) -> Iterator[DockerRegistry]:
    """Run docker-registry on a free port of loopback, with its images in *folder*."""
    program = shutil.which("docker-registry")
    assert program, "no docker-registry: apt-get install docker-registry apache2-utils"
    log = folder / "log"
    tls = {"tls": {"certificate": str(certificate), "key": str(certificate)}}
    config = {
        "version": 0.1,
        "log": {"level": "info"},
        "storage": {"filesystem": {"rootdirectory": str(folder / "images")}},
        "http": {"addr": "127.0.0.1:0", **(tls if certificate else {})},
        **({"auth": auth} if auth else {}),
    }
    # the configuration is JSON, which is also YAML
    (folder / "config.yml").write_text(json.dumps(config))
    with log.open("w") as output:
        process = subprocess.Popen(
            [program, "serve", str(folder / "config.yml")], stdout=output, stderr=output
        )
        try:
            port = re.compile(r"listening on 127\.0\.0\.1:(\d+)")
            until(lambda: port.search(log.read_text()), "the registry listens")
            found = port.search(log.read_text())
            assert found
            yield DockerRegistry(f"127.0.0.1:{found[1]}", log, credentials, certificate)
        finally:
            process.terminate()
            process.wait(10)


@contextmanager
def with_htpasswd(folder: Path) -> Iterator[DockerRegistry]:
    """Run a registry that requires a login in every request."""
    program = shutil.which("htpasswd")
    assert program, "no htpasswd: apt-get install apache2-utils"
    made = subprocess.run(
        [program, "-Bbn", USER, PASSWORD], capture_output=True, text=True, check=True
    )
    (folder / "users").write_text(made.stdout.strip() + "\n")
    auth = {"htpasswd": {"realm": "tests", "path": str(folder / "users")}}
    with docker_registry(folder, auth=auth, credentials=(USER, PASSWORD)) as found:
        yield found

"""Image names as Docker reads them. All parsers of this project are tested with this table."""

from __future__ import annotations

from typing import NamedTuple

DIGEST = "sha256:" + "0123456789abcdef" * 4


class Reference(NamedTuple):
    """The parts of a name; *tag* and *digest* are empty if the name has none."""

    text: str
    host: str
    repository: str
    tag: str
    digest: str
    canonical: str


def _hub(text: str, repository: str, tag: str = "") -> Reference:
    full = f"docker.io/{repository}:{tag or 'latest'}"
    return Reference(text, "docker.io", repository, tag, "", full)


def _at(text: str, host: str, repository: str, tag: str = "") -> Reference:
    full = f"{host}/{repository}:{tag or 'latest'}"
    return Reference(text, host, repository, tag, "", full)


REFERENCES = (
    _hub("nginx", "library/nginx"),
    _hub("nginx:1.27", "library/nginx", "1.27"),
    _hub("library/nginx", "library/nginx"),
    _hub("team/web:1", "team/web", "1"),
    _hub("a/b/c:1", "a/b/c", "1"),
    _hub("docker.io/nginx:1", "library/nginx", "1"),
    _hub("docker.io/team/web", "team/web"),
    _hub("index.docker.io/nginx:1", "library/nginx", "1"),
    _hub("registry-1.docker.io/library/nginx:1", "library/nginx", "1"),
    _hub("DOCKER.IO/nginx:1", "library/nginx", "1"),
    # Without a path these are names of repositories, not hosts.
    _hub("web:5000", "library/web", "5000"),
    _hub("localhost", "library/localhost"),
    _at("localhost/web:1", "localhost", "web", "1"),
    _at("localhost:5000/web", "localhost:5000", "web"),
    _at("registry.example.com/web", "registry.example.com", "web"),
    _at("registry.example.com:5000/team/web:1", "registry.example.com:5000", "team/web", "1"),
    _at("Registry.Example.COM/a/b__c-d.e:V1", "registry.example.com", "a/b__c-d.e", "V1"),
    _at("EVIL/nginx:1", "evil", "nginx", "1"),
    _at("eviL/team/nginx", "evil", "team/nginx"),
    _at("evil:80/nginx:1", "evil:80", "nginx", "1"),
    _at("[2001:db8::1]:5000/web:1", "[2001:db8::1]:5000", "web", "1"),
    Reference(
        f"nginx@{DIGEST}",
        "docker.io",
        "library/nginx",
        "",
        DIGEST,
        f"docker.io/library/nginx@{DIGEST}",
    ),
    Reference(
        f"registry.example.com:5000/web:1@{DIGEST}",
        "registry.example.com:5000",
        "web",
        "1",
        DIGEST,
        f"registry.example.com:5000/web:1@{DIGEST}",
    ),
)

"""Write the pages that Pulumi's Registry takes from `docs`: an overview, and the configuration.

The pages are generated from the README, the examples, the plugin's schema and its settings. `make
schema` writes the pages. A test fails if a committed page is outdated.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from tools import schema
from tools.schema import HOME, ROOT
from tools.site import settings_tables

EXAMPLES = {
    "typescript": "examples/typescript/index.ts",
    "python": "examples/quickstart/__main__.py",
    "yaml": "examples/yaml/Pulumi.yaml",
}
_INSTALL = {
    "typescript": """\
Install the plugin, and let Pulumi write an SDK into the project:

```bash
pulumi plugin install resource eci {version} --server {server}
pulumi package add eci@{version}
```""",
    "python": """\
Programs in Python import the package itself, and need no plugin:

```bash
pip install pulumi-eci
```""",
    "yaml": """\
Install the plugin. YAML needs no SDK:

```bash
pulumi plugin install resource eci {version} --server {server}
```""",
}
_OVERVIEW = """\
{summary}

## Example

{chooser}

For Go, .NET and Java, `pulumi package add` writes an SDK from the plugin's schema.
[The documentation]({home}/blob/main/docs/index.md) has how-to pages, what each change costs, and
all errors with advice.
"""
_CONFIGURATION = """\
## Installation

The provider needs Pulumi's CLI 3.216 or newer.

{chooser}

## Credentials

The provider needs a region and the access key of a RAM user with
[this policy]({home}/blob/main/SECURITY.md#what-the-provider-may-do):

```bash
export ALIBABA_CLOUD_ACCESS_KEY_ID=<id> ALIBABA_CLOUD_ACCESS_KEY_SECRET=<secret>
pulumi config set eci:region cn-hangzhou
```

Profiles, roles, OIDC and the role of an ECS instance work, too.
[Settings]({home}/blob/main/docs/reference/settings.md) has the order in which they are looked for.

## Configuration options

No option is required, but each cache needs a region from somewhere. An explicit provider takes the
same names without `eci:`. Set members of objects by path:
`pulumi config set --path eci:assumeRole.roleArn acs:ram::…`.

{settings}"""
_RELATIVE = re.compile(r"(?<=\]\()(?![a-z]+:|#)(?=[^)\s]+\))")


def pages() -> Mapping[str, str]:
    """Return the text of each page, by its path in the repository."""
    spec = schema.build()
    title = spec["displayName"]
    about = {"version": spec["version"], "server": spec["pluginDownloadURL"], "home": HOME}
    programs = {language: _program(language) for language in EXAMPLES}
    commands = {language: text.format(**about) for language, text in _INSTALL.items()}
    overview = _OVERVIEW.format(summary=_summary(), chooser=_chooser(programs), **about)
    configuration = _CONFIGURATION.format(
        chooser=_chooser(commands), settings="\n".join([*settings_tables(), ""]), **about
    )
    return {
        "docs/_index.md": _front(title, spec["description"]) + overview,
        "docs/installation-configuration.md": _front(
            f"{title} Installation & Configuration",
            "How to install and configure the Pulumi provider for Alibaba Cloud ECI image caches.",
        )
        + configuration,
    }


def write() -> None:
    """Write the pages."""
    for path, text in pages().items():
        (ROOT / path).write_text(text, encoding="utf-8")


def _front(title: str, description: str) -> str:
    return (
        f'---\n# Written by `make schema`.\ntitle: "{title}"\nmeta_desc: "{description}"\n'
        "layout: package\n---\n\n"
    )


def _summary() -> str:
    """Return what the README says above its picture, with links that work elsewhere."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    _, _, text = readme.partition("\n")
    return _RELATIVE.sub(f"{HOME}/blob/main/", text.partition("\n![")[0].strip())


def _program(language: str) -> str:
    text = (ROOT / EXAMPLES[language]).read_text(encoding="utf-8")
    # An example names the folder of a plugin in a clone; who reads this has installed it.
    text = re.sub(r"^plugins:\n(?: .*\n)+", "", text, flags=re.MULTILINE)
    return f"```{language}\n{text}```"


def _chooser(texts: Mapping[str, str]) -> str:
    parts = [
        f"{{{{% choosable language {language} %}}}}\n\n{text}\n\n{{{{% /choosable %}}}}"
        for language, text in texts.items()
    ]
    begin = f'{{{{< chooser language "{",".join(texts)}" >}}}}'
    return "\n\n".join([begin, *parts, "{{< /chooser >}}"])


if __name__ == "__main__":
    write()

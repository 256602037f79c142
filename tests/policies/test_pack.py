"""The whole pack: its texts, limits, dependencies, presets and README."""

from __future__ import annotations

import re
import subprocess
import sys

from pulumi_policy import EnforcementLevel, Policy

from eci_policies import lifetime, size, tags
from eci_policies.cache import NATIVE, OURS
from eci_policies.pack import ABOUT, RULES, policies
from pulumi_eci.model import fields
from tests.support.policies import cache
from tests.support.policy_stack import PACK
from tests.support.pulumi_stack import NATIVE_TYPE, TYPE
from tools.policy_table import README, with_tables

FIELD_OF = {field.name: field for field in fields.FIELDS}


def test_the_mandatory_policies_by_default() -> None:
    assert {about.id for about in ABOUT if about.level is not EnforcementLevel.ADVISORY} == {
        "tag-count",
        "elimination-strategy",
        "cache-size",
        "image-count",
        "allowed-registries",
        "credentials-secret",
        "pack-configuration",
    }
    assert {about.level for about in ABOUT} == {
        EnforcementLevel.ADVISORY,
        EnforcementLevel.MANDATORY,
    }


def test_the_sdk_gets_all_attributes_of_a_policy() -> None:
    made: dict[str, Policy] = {policy.name: policy for policy in policies()}
    assert list(made) == [about.id for about in ABOUT]
    for about in ABOUT:
        policy = made[about.id]
        said = (policy.display_name, policy.description, policy.severity, policy.url)
        assert said == (about.title, about.description, about.severity, about.url)
        assert (policy.remediation_steps, policy.enforcement_level) == (about.fix, about.level)
        schema = policy.config_schema
        assert list(schema.properties if schema else {}) == [s.name for s in about.settings]


def test_its_limits_are_those_of_the_provider() -> None:
    assert tags.MAX_TAGS == fields.MAX_TAGS
    assert size.MAX_IMAGES == fields.MAX_IMAGES
    row = FIELD_OF["imageCacheSize"]
    assert (row.lowest, row.highest) == (size.SMALLEST_SIZE, size.LARGEST_SIZE)
    assert cache(imageCacheSize=None).size == row.default
    assert FIELD_OF["retentionDays"].highest == lifetime.LONGEST_RETENTION
    assert set(FIELD_OF["eliminationStrategy"].choices) == {"", lifetime.LRU}
    assert (OURS, NATIVE) == (TYPE, NATIVE_TYPE)


def test_it_reads_properties_that_the_provider_has() -> None:
    source = "".join(file.read_text() for file in (PACK / "eci_policies").glob("*.py"))
    read = set(re.findall(r'\.(?:text|number|flag|items|table|has)\("(\w+)"\)', source))
    own = {setting.name for about in ABOUT for setting in about.settings}
    assert {rule.only_where for rule in RULES} - {""} <= read
    assert read - own <= set(fields.INPUT_NAMES)
    assert len(read & set(fields.INPUT_NAMES)) > 8


def test_it_only_needs_the_policy_sdk() -> None:
    program = (
        "import sys\n"
        "for name in ('pulumi_eci', 'eci_emulator', 'alibabacloud_eci20180808', 'tenacity'):\n"
        "    sys.modules[name] = None\n"
        "from eci_policies.pack import policies\n"
        "print(len(policies()))\n"
    )
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=PACK)
    assert done.stdout == f"{len(ABOUT)}\n"
    lines = (PACK / "requirements.txt").read_text().splitlines()
    assert [line for line in lines if not line.startswith("#")] == ["pulumi-policy>=1.21,<2"]


def test_the_tables_of_the_readme_are_up_to_date() -> None:
    readme = README.read_text()
    assert readme == with_tables(readme)
    assert len(
        re.findall(r"^\| `[a-z-]+` \| (?:mandatory|advisory),", readme, re.MULTILINE)
    ) == len(ABOUT)

"""The policy pack that `--policy-pack` starts."""

from __future__ import annotations

from pulumi_policy import PolicyPack

from eci_policies.pack import NAME, policies

PolicyPack(NAME, policies=policies())

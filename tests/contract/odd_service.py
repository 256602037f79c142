"""Calls through the vendor's SDK, and what may come back."""

from __future__ import annotations

import pytest

from pulumi_eci.api.alicloud import AlibabaCloudGateway
from pulumi_eci.api.codes import Reaction
from pulumi_eci.api.errors import TransportError
from pulumi_eci.model.request import Parameters
from tests.contract.backends import new_token

MARKER = "zq7marker7qz"
ID = "imc-00000000000000000000"


def parameters(**changes: object) -> Parameters:
    """Parameters of CreateImageCache with a registry password in them."""
    login = {"Server": "registry.example.com", "UserName": "robot", "Password": MARKER}
    return {
        "ImageCacheName": "contract",
        "Image": ["nginx:1.27"],
        "ImageRegistryCredential": [login],
        **changes,
    }


def transport_error(
    gateway: AlibabaCloudGateway, reaction: Reaction = Reaction.RETRY, **changes: object
) -> TransportError:
    """The error of a creation that gets no usable answer; it holds no URL and no password."""
    with pytest.raises(TransportError) as caught:
        gateway.create(parameters(**changes), new_token())
    error = caught.value
    for text in (str(error), repr(error), repr(vars(error))):
        assert MARKER not in text
        assert "?Image" not in text
        assert "://1" not in text
    assert (error.__cause__, error.__context__) == (None, None)
    assert error.reaction is reaction
    return error

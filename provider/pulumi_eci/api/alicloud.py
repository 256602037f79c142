"""The gateway with the vendor's SDK. No other module imports the SDK; `signer` imports the vendor's
credentials library.

The SDK puts registry passwords in the URL, and the URL in exceptions. So no exception of the SDK
leaves this module, and none is chained to an exception that does. The SDK's own retry is off,
because a retry must know the deadline. The SDK is imported at the first call, because the import
takes 0.4 s and a run without changes needs no SDK.
"""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Mapping, Sequence
from typing import Any

from pulumi_eci.api.connection import Connection
from pulumi_eci.api.errors import ApiError, EciError, TransportError
from pulumi_eci.api.gateway import Page, none_if_gone, observe
from pulumi_eci.api.signer import Signer
from pulumi_eci.api.transport import NOT_THIS_API, Reason, transport_reason
from pulumi_eci.model.redaction import redaction
from pulumi_eci.model.request import Parameters, list_parameters, wire_tags
from pulumi_eci.model.state import Observation

CONNECT_TIMEOUT_MS = 5_000
READ_TIMEOUT_MS = 30_000
LARGEST_PAGE = 100
"""Caches to ask for in one page. A service that allows fewer answers with an error or sends
fewer."""
_RESOURCE_TYPE = "ImageCache"
_USER_AGENT = "pulumi-eci"
_DAY_MS = 86_400_000
_ID = re.compile(r"[\w.:-]{1,128}", re.ASCII)  # what state, messages and requests can hold
# These loggers print requests, signatures and tracebacks to standard error.
_VENDOR_LOGGERS = ("credentials", "darabonba-core", "alibabacloud-tea", "apscheduler")


class AlibabaCloudGateway:
    """`Gateway` with `alibabacloud_eci20180808`. The client is created at the first call.

    Args:
        connection: Region, endpoint and credentials.
    """

    _setting = "eci:endpoint (or ECI_ENDPOINT)"

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._client: Any = None
        self._lock = threading.Lock()
        self._passwords: frozenset[str] = frozenset()
        self._clean = redaction(())
        self._limit = LARGEST_PAGE

    def create(self, parameters: Parameters, client_token: str) -> str:
        """See `Gateway.create`."""
        body = self._call("CreateImageCache", {**parameters, "ClientToken": client_token})
        cache_id = body.get("ImageCacheId")
        if not isinstance(cache_id, str) or not _ID.fullmatch(cache_id):
            raise self._unusable("CreateImageCache", Reason("the reply has no ImageCacheId"))
        return cache_id

    def update(self, cache_id: str, parameters: Parameters, client_token: str) -> None:
        """See `Gateway.update`."""
        identity = {"ImageCacheId": cache_id, "ClientToken": client_token}
        self._call("UpdateImageCache", {**parameters, **identity})

    def describe(self, cache_id: str) -> Observation | None:
        """See `Gateway.describe`. A reply about another cache counts as None."""
        return none_if_gone(lambda: self._find(cache_id))

    def _find(self, cache_id: str) -> Observation | None:
        page = self._describe({"ImageCacheId": cache_id})
        return next((seen for seen in page.caches if seen.image_cache_id == cache_id), None)

    def list_page(self, next_token: str = "", tag_key: str = "") -> Page:
        """See `Gateway.list_page`. Pages are as large as the service allows."""
        place = list_parameters(next_token, tag_key)
        if not self._limit:
            return self._describe(place)
        try:
            return self._describe({**place, "Limit": self._limit})
        except ApiError as error:
            if next_token or not error.code.startswith("Invalid"):
                raise
        # The largest allowed page is not documented. Without a limit the service chooses.
        page = self._describe(place)
        self._limit = 0
        return page

    def delete(self, cache_id: str, client_token: str) -> None:
        """See `Gateway.delete`."""
        self._call("DeleteImageCache", {"ImageCacheId": cache_id, "ClientToken": client_token})

    def tag(self, cache_id: str, tags: Mapping[str, str]) -> None:
        """See `Gateway.tag`."""
        self._call("TagResources", {**_resources([cache_id]), "Tag": wire_tags(tags)})

    def untag(self, cache_ids: Sequence[str], keys: Sequence[str]) -> None:
        """See `Gateway.untag`."""
        self._call("UntagResources", {**_resources(cache_ids), "TagKey": list(keys)})

    def _describe(self, parameters: Parameters) -> Page:
        body = self._call("DescribeImageCaches", parameters)
        entries = body.get("ImageCaches")
        if not isinstance(entries, list):
            raise self._unusable("DescribeImageCaches", Reason("the reply has no list of caches"))
        token = body.get("NextToken")
        caches = tuple(
            observe(entry, self._clean) for entry in entries if isinstance(entry, Mapping)
        )
        return Page(caches, token if isinstance(token, str) else "")

    def _call(self, operation: str, parameters: Parameters) -> dict[str, Any]:
        """Make one call and return the reply, keyed by wire name."""
        client = self._connected()
        self.redact([each["Password"] for each in parameters.get("ImageRegistryCredential", ())])
        failure: EciError
        try:
            reply = client.call(operation, {"RegionId": self._connection.region, **parameters})
        except Exception as error:  # noqa: BLE001 - the SDK raises whatever its HTTP library does
            failure = self._translate(operation, error)
        else:
            # Every reply of the API has a RequestId. From any other reply the SDK makes an empty
            # list, which would look as if every cache were gone.
            if isinstance(reply, dict) and isinstance(reply.get("RequestId"), str):
                return reply
            failure = self._unusable(operation, NOT_THIS_API)
        # Raised outside the except block: the SDK's exception holds the URL and must not be
        # chained.
        raise failure

    def redact(self, passwords: Sequence[str]) -> None:
        """See `Gateway.redact`."""
        with self._lock:
            if not self._passwords.issuperset(passwords):
                self._passwords |= set(passwords)
                self._clean = redaction(self._passwords)

    def _connected(self) -> Any:  # noqa: ANN401 - the vendor ships no types
        with self._lock:
            if self._client is None:
                self._client = _SdkClient(self._connection)
            return self._client

    def _unusable(self, operation: str, reason: Reason) -> TransportError:
        return TransportError(
            operation,
            self._connection.host,
            reason.text,
            reached=reason.reached,
            final=reason.final,
            advice=reason.advice.replace("{setting}", self._setting),
        )

    def _translate(self, operation: str, error: Exception) -> EciError:
        inner = getattr(error, "inner_exception", None) or error
        if isinstance(inner, EciError):  # raised by the signer
            return inner
        code = getattr(error, "code", None)
        status = getattr(error, "status_code", None)
        if status is not None and code == "None":  # the SDK's text for an absent code
            return self._unusable(operation, NOT_THIS_API)
        if not code or status is None:
            return self._unusable(operation, transport_reason(inner))
        return self._api_error(operation, error, str(code))

    def _api_error(self, operation: str, error: Exception, code: str) -> ApiError:
        data = getattr(error, "data", None)
        data = data if isinstance(data, Mapping) else {}
        message = data.get("Message") or data.get("message") or ""
        request_id = data.get("RequestId") or data.get("requestId") or ""
        status = getattr(error, "status_code", None)
        return ApiError(
            operation,
            code,
            self._clean(str(message)),
            str(request_id),
            status if isinstance(status, int) else None,
            retry_after=_seconds(getattr(error, "retry_after", None)),
            credentials=self._connection.credentials.setting,
        )


class ContainerRegistryGateway(AlibabaCloudGateway):
    """The API of Container Registry, for temporary logins.

    Args:
        connection: Region, credentials, and the host of Container Registry's API.
    """

    _setting = "eci:crEndpoint (or ECI_CR_ENDPOINT)"

    def temporary_login(self, instance_id: str) -> tuple[str, str]:
        """Call GetAuthorizationToken for a Container Registry Enterprise Edition instance.

        Args:
            instance_id: The id, `cri-…`.

        Returns:
            User name and password, valid for one hour.

        Raises:
            EciError: The call failed, or the reply has no login.
        """
        body = self._call("GetAuthorizationToken", {"InstanceId": instance_id})
        user, password = body.get("TempUsername"), body.get("AuthorizationToken")
        if not (isinstance(user, str) and user and isinstance(password, str) and password):
            raise self._unusable("GetAuthorizationToken", Reason("the reply has no login"))
        return user, password

    def _connected(self) -> Any:  # noqa: ANN401 - the vendor ships no types
        return _CrClient(self._connection)


class _CrClient:
    """The generic client beneath the vendor's SDKs. It saves a dependency for one operation."""

    def __init__(self, connection: Connection) -> None:
        from alibabacloud_tea_openapi import models  # noqa: PLC0415 - costs time; see above
        from alibabacloud_tea_openapi.client import Client  # noqa: PLC0415
        from alibabacloud_tea_util.models import RuntimeOptions  # noqa: PLC0415

        self._models = models
        self._runtime = RuntimeOptions
        self._client = Client(_config(connection))

    def call(self, operation: str, parameters: Parameters) -> Any:  # noqa: ANN401 - untyped reply
        params = self._models.Params(
            action=operation,
            version="2018-12-01",
            protocol="HTTPS",
            pathname="/",
            method="POST",
            auth_type="AK",
            style="RPC",
            req_body_type="formData",
            body_type="json",
        )
        request = self._models.OpenApiRequest(query=parameters)
        return self._client.call_api(params, request, self._runtime()).get("body")


class _SdkClient:
    """The vendor's client, called by operation name with parameters by wire name."""

    def __init__(self, connection: Connection) -> None:
        from alibabacloud_eci20180808 import models  # noqa: PLC0415 - costs time; see above
        from alibabacloud_eci20180808.client import Client  # noqa: PLC0415
        from alibabacloud_tea_util.models import RuntimeOptions  # noqa: PLC0415

        self._models = models
        self._runtime = RuntimeOptions
        self._client = Client(_config(connection))

    def call(self, operation: str, parameters: Parameters) -> Any:  # noqa: ANN401 - untyped reply
        words = "".join(f"_{char.lower()}" if char.isupper() else char for char in operation)[1:]
        request = getattr(self._models, f"{operation}Request")().from_map(parameters)
        response = getattr(self._client, f"{words}_with_options")(request, self._runtime())
        return response.body.to_map() if response.body is not None else None


def _config(connection: Connection) -> Any:  # noqa: ANN401 - the vendor ships no types
    from alibabacloud_tea_openapi.models import Config  # noqa: PLC0415 - costs time

    for name in _VENDOR_LOGGERS:
        logging.getLogger(name).disabled = True
    return Config(
        region_id=connection.region,
        endpoint=connection.host,
        protocol=connection.protocol,
        connect_timeout=CONNECT_TIMEOUT_MS,
        read_timeout=READ_TIMEOUT_MS,
        user_agent=_USER_AGENT,
        credential=_credential(Signer(connection.credentials)),
    )


def _credential(signer: Signer) -> Any:  # noqa: ANN401 - the vendor ships no types
    from alibabacloud_credentials.client import Client  # noqa: PLC0415 - costs time

    return Client(provider=signer)


def _seconds(milliseconds: object) -> float:
    """Return the seconds in the SDK's value of the header `x-acs-retry-after`, 0 to a day."""
    if not isinstance(milliseconds, int) or milliseconds <= 0:
        return 0.0
    return min(milliseconds, _DAY_MS) / 1000  # the header may hold any number of digits


def _resources(cache_ids: Sequence[str]) -> Parameters:
    return {"ResourceType": _RESOURCE_TYPE, "ResourceId": list(cache_ids)}

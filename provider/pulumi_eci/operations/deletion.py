"""The deletion of one cache, whoever asks for it."""

from __future__ import annotations

from pulumi_eci.api.errors import ApiError, EciError, GoneError
from pulumi_eci.model.fields import ADOPTED_TAG
from pulumi_eci.model.spec import ImageCacheSpec
from pulumi_eci.operations import messages
from pulumi_eci.operations.attempt import Attempt, Service
from pulumi_eci.operations.messages import Tell
from pulumi_eci.operations.waiter import DeadlineError


def delete(
    service: Service, cache_id: str, spec: ImageCacheSpec, timeout: float, tell: Tell
) -> None:
    """Delete a cache and wait until it is gone; one that is gone already is a success.

    A cache that bears another mark than *spec* was adopted by another resource, and is left alone.

    Raises:
        EciError: If it is still there.
    """
    attempt = Attempt(service, timeout, tell, cache_id, spec)
    try:
        if attempt.look().tags.get(ADOPTED_TAG, spec.adoption) != spec.adoption:
            tell(messages.taken_over(cache_id))
            return
        attempt.write(lambda token: service.gateway.delete(cache_id, token))
        attempt.await_gone()
    except GoneError:
        return
    except ApiError as error:
        # No code is documented for an unknown cache, so a not-found is confirmed by looking.
        if not error.not_found or attempt.glance(cache_id) is not None:
            raise
    except DeadlineError as error:
        raise EciError(messages.not_deleted(cache_id, timeout, error.last)) from error

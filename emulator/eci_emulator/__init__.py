"""A local API of Alibaba Cloud ECI, with the image cache operations, without an account.

It is for ECI what moto is for AWS and Azurite for Azure Storage. Clients call the API over HTTP
with the vendor's SDKs and real signatures. Tests can also call it in process::

    from eci_emulator.core import Emulator
    from eci_emulator.server import running
    from eci_emulator.settings import Settings

    with running(Settings(build_seconds=0.1)) as eci:
        print(eci.url)

Undocumented behaviour of the service is configured by switches (`eci_emulator.switches`). Reading
order: settings, wire, model, lifecycle, store, actions, core, signature, app, server.
"""

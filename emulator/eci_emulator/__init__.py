"""A local Alibaba Cloud ECI: the image cache operations, on loopback, without an account.

Like moto for AWS, or Azurite for Azure Storage. Clients use the vendor's SDKs over HTTP, with real
signatures. Tests may also call the emulator in process::

    from eci_emulator.core import Emulator
    from eci_emulator.server import running
    from eci_emulator.settings import Settings

    with running(Settings(build_seconds=0.1)) as eci:
        print(eci.url)

Undocumented behaviour of the service is a named switch (`eci_emulator.switches`).
Reading order: settings, wire, model, lifecycle, store, actions, core, signature, app, server.
"""

"""A local Alibaba Cloud ECI: the image cache operations, on loopback, without an account.

It is to Elastic Container Instance what moto is to AWS and Azurite to Azure Storage. Clients talk
to it with the vendor's own SDKs, over HTTP, with real signatures; tests may also call it in
process::

    from eci_emulator.core import Emulator
    from eci_emulator.server import running
    from eci_emulator.settings import Settings

    with running(Settings(build_seconds=0.1)) as eci:
        print(eci.url)

What the real service does where no document says so is a named switch (`eci_emulator.switches`).
Reading order: settings, wire, model, lifecycle, store, actions, core, signature, app, server.
"""

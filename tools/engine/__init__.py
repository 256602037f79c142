"""Get a Pulumi engine.

Users install Pulumi as its documentation says. The tests and `make up` also run where Pulumi is not
installed, so `python -m tools.engine` tries, in this order:

1. `found`: a `pulumi` on PATH that is new enough and has the Python helpers of a release;
2. `download`: the installer of the Pulumi SDK;
3. `build`: the engine from its Go modules, if the download is refused.

`languages` adds the hosts of other languages to a built engine.

Steps 2 and 3 store the engine in the user's cache folder (`cache`), so it is downloaded or built
once. `choose` has the order. The package needs only the standard library, except for the installer
of step 2. Without the SDK, step 2 is skipped with a message.

Known limits: POSIX only. The language host of a built engine ignores the `virtualenv` option, so
the virtual environment's `bin` must come first on PATH. The host is in the folder `language`, with
links to the engine. Without this folder on PATH, the engine starts policy packs through the shim of
releases before 3.221.
"""

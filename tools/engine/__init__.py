"""How this project comes by a Pulumi engine.

Users install Pulumi as its documentation says. The tests and `make up` also have to run where it is
not installed, so `python -m tools.engine` tries, in this order:

1. `found`: a `pulumi` on PATH that is new enough and has the Python helpers of a release;
2. `download`: the installer that comes with the Pulumi SDK;
3. `build`: the engine from its Go modules, where that download is refused.

`languages` adds the hosts of other languages to a built engine, when asked to.

What 2 and 3 produce lies in the user's cache folder (`cache`), so it is fetched or built once.
`choose` holds the order and nothing else. The standard library is enough for all of it, except for
the installer of step 2; without the SDK that step says so and passes.

Known limits: POSIX only. The language host of a built engine ignores the `virtualenv` option, so
that the virtual environment's `bin` has to come first on PATH. The host lies in the folder
`language`, with links to the engine: without it on PATH, the engine starts policy packs through the
shim that releases had before 3.221.
"""

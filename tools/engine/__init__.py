"""Finds, downloads or builds a Pulumi engine for the tests and `make up`.

`python -m tools.engine` tries in this order:

1. `found`: a `pulumi` on PATH that is new enough and has the Python helpers of a release;
2. `download`: the installer of the Pulumi SDK;
3. `build`: the engine from its Go modules, if the download is not possible.

`languages` adds language hosts to a built engine. Downloads and builds are kept in the user's cache
folder (`cache`). `choose` holds the order. Only step 2 needs more than the standard library.

Known limits: POSIX only. The language host of a built engine ignores the option `virtualenv`, so
the `bin` of the virtual environment must come first on PATH. The language host is in the folder
`language`, with links to the engine. If that folder is not on PATH, the engine starts policy packs
through the shim that releases had before 3.221.
"""

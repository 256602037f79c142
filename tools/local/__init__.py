"""`make up`, `make shell`, `make down`: run an example on a local ECI API, in `.local`.

`settings` has the places and the environment, `api` starts and stops the local ECI API, `stack`
runs Pulumi, and `__main__` is the command line. The package needs only the standard library, so
that `make down` works in a clone without installed packages.
"""

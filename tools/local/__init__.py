"""`make up`, `make shell` and `make down` run an example on a local ECI API. Files are in `.local`.

`settings` has the paths and the environment, `api` starts and stops the local ECI API, `stack` runs
Pulumi, and `__main__` is the command line. Only the standard library is used, so that `make down`
works without a virtual environment.
"""

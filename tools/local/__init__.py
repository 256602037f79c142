"""`make up` and `make down`: the quickstart on a local ECI API, with nothing outside `.local`.

`settings` names the places and the environment, `api` starts and stops the local ECI API, `stack`
runs Pulumi, and `__main__` is the command line. The standard library is enough, so that
`make down` works in a clone where nothing was ever installed.
"""

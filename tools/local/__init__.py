"""`make up`, `make shell`, `make down`: an example on a local ECI API, all of it in `.local`.

`settings` names the places and the environment, `api` starts and stops the local ECI API, `stack`
runs Pulumi, and `__main__` is the command line. The standard library is enough, so that
`make down` works in a clone where nothing was ever installed.
"""

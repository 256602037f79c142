"""`pulumi-eci probe`: test undocumented behaviour of the service by experiment.

Each experiment belongs to a switch of the local ECI API and returns the value that matches the
endpoint. Reading order, from the bottom: answer, decide, caches, lab, experiments, session, report,
command.
"""

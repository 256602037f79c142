"""`pulumi-eci probe`: what no document says about the service, found out by experiment.

Each experiment belongs to a switch of the local ECI API and answers with the value of it that
matches the endpoint. Reading order, from the bottom: answer, decide, caches, lab, experiments,
session, report, command.
"""

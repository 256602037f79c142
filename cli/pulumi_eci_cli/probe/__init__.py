"""`pulumi-eci probe`: finds out undocumented behaviour of the service by experiments.

Each experiment belongs to a switch of the local ECI API. Its result is the value of the switch that
matches the endpoint. Reading order: answer, decide, caches, lab, circumstances, experiments,
session, report, command.
"""

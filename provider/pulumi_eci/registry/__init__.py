"""Requests to image registries: whether a tag exists, its digest, and the sizes of its layers.

Reading order: answer, manifest, hosts, challenge, transfer, access, session, client, lookup. The
package uses neither Pulumi nor the ECI API.
"""

"""What registries say of images: does a tag exist, what is its digest, how large are its layers.

Reading order, from the bottom: answer, manifest, hosts, transfer, client, access, lookup. Knows
neither Pulumi nor the ECI API.
"""

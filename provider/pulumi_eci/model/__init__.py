"""Pure data and decisions: what a cache should be, what the cache is, and what an update has to do.

Start with `fields`, the table that everything else reads. `parse` turns raw properties into an
`ImageCacheSpec` (`spec`), `state` reads and writes what Pulumi keeps, `plan` compares both, and
`request` turns a plan into API parameters. Nothing here imports more than the standard library.
"""

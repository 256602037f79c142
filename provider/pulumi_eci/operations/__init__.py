"""Create, read, update and delete one image cache, with the waiting and retrying this needs.

`connections` finds the connection of a resource, `lifecycle` has the four operations, `attempt` is
one operation in progress, `waiter` looks at all waiting caches at once, `pending` finds the caches
that killed runs left. Nothing here imports Pulumi.
"""

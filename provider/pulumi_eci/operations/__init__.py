"""Create, read, update and delete one image cache, with the waiting and retrying this needs.

`lifecycle` has the four operations, `attempt` one operation in progress, `waiter` the sweep that
looks at all waiting caches at once, `pending` the recovery of caches that killed runs left behind.
Knows no Pulumi.
"""

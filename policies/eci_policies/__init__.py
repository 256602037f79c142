"""Policies for ECI image caches, of pulumi_eci and of pulumi-alicloud.

From bottom to top: `settings`, `image` and `cache` read what a policy is given; `rule` says what a
policy is; `tags`, `lifetime`, `size`, `images`, `registries`, `credentials`, `copies`, `naming` and
`stack` are the rules, as data and pure functions; `request` and `policy` make the SDK's policies of
them; `pack` lists all. It needs `pulumi-policy` alone.
"""

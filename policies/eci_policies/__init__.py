"""Policies for ECI image caches, of pulumi_eci and of pulumi-alicloud.

From bottom to top: `secret`, `settings`, `image` and `cache` read the arguments of a policy; `rule`
defines a policy; `tags`, `lifetime`, `size`, `images`, `registries`, `credentials`, `copies`,
`naming` and `stack` are the rules, as data and pure functions; `configuration` checks the
configuration; `request` and `policy` create the SDK's policies from the rules; `pack` lists all
policies. The package needs only `pulumi-policy`.
"""

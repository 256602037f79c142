"""Policies for ECI image caches, of pulumi_eci and of pulumi-alicloud.

From bottom to top: `secret`, `settings`, `image` and `cache` read what a policy is given; `rule`
says what a policy is; `tags`, `lifetime`, `size`, `images`, `registries`, `credentials`, `copies`,
`naming` and `stack` are the rules, as data and pure functions; `configuration` checks what is set;
`request` and `policy` make the SDK's policies of the rules; `pack` lists all. It needs
`pulumi-policy` alone.
"""

"""The ECI API: a protocol of its operations, the implementation with the vendor's SDK, and errors.

`gateway` is the protocol. `alicloud` implements the protocol and is the only module that imports
the SDK. `connection` finds endpoint, account and credentials. `errors` and `codes` explain
failures.
"""

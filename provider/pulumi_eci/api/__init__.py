"""The ECI service: the operations as a protocol, the vendor's SDK behind it, and its errors.

`gateway` is the protocol, `alicloud` implements it with the vendor's SDK (the only module that
imports the SDK), `connection` decides endpoint, account and credentials, `errors` and `codes` say
what a failure means.
"""

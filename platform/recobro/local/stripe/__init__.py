"""A stateful local Stripe: the card part of its API, its Checkout page and its signed webhooks, for tests and the demo.

Spoken to by the official client over HTTP. What a parameter may be called is read from the official client's own types,
so that a call Stripe would refuse is refused here too. State is one SQLite file, or memory.
"""

"""What a debt costs and where a payment goes: interest, its limits, the order of allocation."""

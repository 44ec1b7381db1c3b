"""What debtors said about being contacted: the ledger on the case, and what is noted in it."""

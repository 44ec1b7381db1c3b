"""What a debtor sees: who writes, the balance, the options, paying."""

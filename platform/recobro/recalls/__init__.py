"""Taking debts back from the agency: when it is refused, what it costs, how it is done."""

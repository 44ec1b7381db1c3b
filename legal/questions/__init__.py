"""The law asked in JSON: for each question its facts, one model each, and the answer with the rules that decided."""

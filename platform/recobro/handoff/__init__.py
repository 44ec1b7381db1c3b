"""The passage of a case to a lawyer, with its dossier."""

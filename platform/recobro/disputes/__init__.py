"""Facts that stop or change work: disputes, complaints, hardship, holds."""

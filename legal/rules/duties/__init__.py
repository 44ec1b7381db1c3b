"""What must be sent, answered or tried first: validation, credit files, answers to complaints, the court route."""

"""What proves later that a decision kept to the law of its day: that law's own text, and the decision made again."""

"""What is asked of each row before it may become a debt, and the words for what is wrong with it."""

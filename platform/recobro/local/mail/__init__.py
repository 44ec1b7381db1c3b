"""A mail server that keeps what it takes in a folder and shows it on a page; nothing leaves this machine."""

"""The command line: a list of commands in `main`, each in a module by concern that is imported when it is used."""

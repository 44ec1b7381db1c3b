"""The kinds of file a client sends: each with its own fields, checks and effect. `registry` names them all."""

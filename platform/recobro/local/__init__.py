"""Real servers for development, the demo and the tests: they speak the outside world's protocols on this machine.

Nothing of the product knows them: an adapter is pointed at their address by the settings, as it is at the real ones.
"""

"""The same product without a browser: relay, once, reconcile, schedule, jobs."""

"""What a collector does today: the queue, calls, what came of them."""

"""One written message by one channel, from template to proof."""

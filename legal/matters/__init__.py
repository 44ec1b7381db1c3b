"""The lawyer's file: court, stages, deadlines, costs."""

"""What people see: words and layout, no decisions."""

"""What every page needs: shells, security, forms, formats."""

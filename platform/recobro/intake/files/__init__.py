"""What a client sends, as one sheet of text rows: CSV, workbooks, electronic invoices, archives, rows of programs."""

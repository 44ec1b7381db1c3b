"""Electronic invoices as plain values: CFDI, UBL, CII, Facturae, and the PDFs that carry them. No database, no web."""

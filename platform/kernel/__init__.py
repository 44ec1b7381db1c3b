"""The words everybody uses: money, time, identifiers, refusals. Standard library only, no I/O."""

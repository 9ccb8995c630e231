"""What identity promises under faults, tried on real processes: `python -m faults.identity`."""

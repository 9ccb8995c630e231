"""What every benchmark shares: child processes, load, figures."""

"""Where everything durable stands: two ports, and an engine behind them."""

"""What one instance tells of itself to whoever may ask."""

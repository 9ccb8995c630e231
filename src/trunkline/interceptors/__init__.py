"""What surrounds every call: one concern a file, each serving all four shapes on both sides."""

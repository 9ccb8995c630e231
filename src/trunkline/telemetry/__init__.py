"""What a process remembers of its calls: spans, counts, lines. It observes and never decides."""

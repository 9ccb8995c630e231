"""The audit log: who was given what, and who was refused. Appended only, each record bound to the one before it."""

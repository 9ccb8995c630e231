"""Access: who may call what, decided from the contract, the token and the access file."""

"""The command line: talks HTTP to the API, starts the stack and runs the demo."""

"""Other programs that ask: their tokens, what each may ask and of which authorities, until when, and how much in a minute."""

"""The day's lists in use: what is stored becomes what planning reads, and what it gives is kept, told to phones and shown."""

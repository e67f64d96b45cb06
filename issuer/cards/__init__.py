"""What a license looks like in a folder: its code, and the card with both languages around it."""

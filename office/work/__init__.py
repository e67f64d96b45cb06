"""How the office's work is shared: who has which case, who stands in for whom, what is late, notes, and how applicants are reached."""

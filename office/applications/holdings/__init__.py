"""What a citizen holds: the licenses that came of their applications, what is to be done about each, and how one is renewed."""

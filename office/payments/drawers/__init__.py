"""A cashier's drawer: its float, what comes into it and leaves it, its counts, who signed for them, and the slip of its deposit."""

"""Applications that a van brings: laptops enrolled by the centre, what they filed without a network, and the clerk who takes it in."""

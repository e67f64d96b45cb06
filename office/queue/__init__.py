"""People at the centre: numbered tickets of a day, called to desks, and appointments that become tickets."""

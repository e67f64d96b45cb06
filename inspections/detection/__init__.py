"""What does not fit together among inspections: alerts with their evidence, closed with a reason."""

"""What follows from an inspection: reports of violations, their notices from approval to payment, proposals about licenses."""

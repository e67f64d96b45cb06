"""What the publisher makes sure of before it signs: rows are what programs wrote, every new seal was approved (docs/adr/0055)."""

"""What every process of ours stands on: clock and `--now`; for web apps headers, bounded forms, quiet logs. It knows no license."""

"""What every web app of ours stands on: logs that quote nobody, files that never change, days in words. It knows no license."""

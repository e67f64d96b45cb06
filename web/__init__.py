"""What every web app of ours stands on: bounded forms, quiet logs, files that never change, days in words. It knows no license."""

"""What a server tells of itself before anybody has signed in."""

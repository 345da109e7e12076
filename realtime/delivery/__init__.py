"""What devices are sent: the hub, a feed for each user, and the state machines of order and growth."""

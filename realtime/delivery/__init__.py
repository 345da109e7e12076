"""Delivery to devices: the hub, a feed for each user, and the state machines of order and of growing text."""

"""What may be asked: one function per command. Each commits first and publishes after."""

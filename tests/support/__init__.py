"""The vocabulary of the tests: instances that run, people who sign in, devices that listen."""

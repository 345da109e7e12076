"""The producers of replies: an OpenAI-compatible server, a workflow, the demonstration, or none."""

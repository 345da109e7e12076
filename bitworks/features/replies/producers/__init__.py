"""Who writes the answers: an OpenAI-compatible server, a workflow, the demonstration, or nobody."""

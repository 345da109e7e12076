"""What this server is compared with, each written as its community would write it well."""

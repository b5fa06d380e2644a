"""The Salesforce side: log-in, describe, what the org holds, and writing rows."""

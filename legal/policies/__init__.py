"""An agency's own stricter policies, kept version by version, and the pack by which its contacts are decided."""

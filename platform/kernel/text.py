"""Words that are written in one place and read in several languages."""


def msg(text: str) -> str:
    """Mark a Spanish sentence for the catalogues; it is translated where it is shown. Fields are `{named}`."""
    return text

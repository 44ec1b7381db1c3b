"""Countries as invoices write them: ISO 3166 alpha-3 (Facturae, CFDI) or alpha-2 (UBL, CII)."""

_ALPHA3 = {
    "ESP": "ES", "PRT": "PT", "FRA": "FR", "DEU": "DE", "ITA": "IT", "NLD": "NL", "BEL": "BE", "LUX": "LU",
    "IRL": "IE", "AUT": "AT", "POL": "PL", "CZE": "CZ", "SVK": "SK", "SVN": "SI", "HUN": "HU", "ROU": "RO",
    "BGR": "BG", "GRC": "GR", "HRV": "HR", "DNK": "DK", "SWE": "SE", "FIN": "FI", "NOR": "NO", "ISL": "IS",
    "EST": "EE", "LVA": "LV", "LTU": "LT", "MLT": "MT", "CYP": "CY", "AND": "AD", "GBR": "GB", "CHE": "CH",
    "USA": "US", "CAN": "CA", "MEX": "MX", "COL": "CO", "ARG": "AR", "BRA": "BR", "CHL": "CL", "PER": "PE",
    "ECU": "EC", "URY": "UY", "PRY": "PY", "BOL": "BO", "VEN": "VE", "PAN": "PA", "CRI": "CR", "GTM": "GT",
    "SLV": "SV", "HND": "HN", "NIC": "NI", "DOM": "DO", "CUB": "CU", "PRI": "PR", "MAR": "MA", "CHN": "CN",
    "JPN": "JP", "IND": "IN", "KOR": "KR", "AUS": "AU", "NZL": "NZ", "ISR": "IL", "TUR": "TR",
}  # fmt: skip


def alpha2(code: str) -> str:
    """Two letters where we know the code; otherwise the code as it was written."""
    code = code.upper()
    return _ALPHA3.get(code, code)

"""Addresses as they are written on an envelope: the street, then the place with its state or province by its name.

The codes are those of ISO 3166-2 for Mexico, Colombia and Spain; any other text stays as it came.
"""

import re
from collections.abc import Mapping

REGIONS: Mapping[str, Mapping[str, str]] = {
    "MX": {
        "AGU": "Aguascalientes", "BCN": "Baja California", "BCS": "Baja California Sur", "CAM": "Campeche",
        "CHH": "Chihuahua", "CHP": "Chiapas", "CMX": "Ciudad de México", "COA": "Coahuila", "COL": "Colima",
        "DUR": "Durango", "GRO": "Guerrero", "GUA": "Guanajuato", "HID": "Hidalgo", "JAL": "Jalisco",
        "MEX": "Estado de México", "MIC": "Michoacán", "MOR": "Morelos", "NAY": "Nayarit", "NLE": "Nuevo León",
        "OAX": "Oaxaca", "PUE": "Puebla", "QUE": "Querétaro", "ROO": "Quintana Roo", "SIN": "Sinaloa",
        "SLP": "San Luis Potosí", "SON": "Sonora", "TAB": "Tabasco", "TAM": "Tamaulipas", "TLA": "Tlaxcala",
        "VER": "Veracruz", "YUC": "Yucatán", "ZAC": "Zacatecas",
    },
    "CO": {
        "AMA": "Amazonas", "ANT": "Antioquia", "ARA": "Arauca", "ATL": "Atlántico", "BOL": "Bolívar", "BOY": "Boyacá",
        "CAL": "Caldas", "CAQ": "Caquetá", "CAS": "Casanare", "CAU": "Cauca", "CES": "Cesar", "CHO": "Chocó",
        "COR": "Córdoba", "CUN": "Cundinamarca", "DC": "Bogotá, D.C.", "GUA": "Guainía", "GUV": "Guaviare",
        "HUI": "Huila", "LAG": "La Guajira", "MAG": "Magdalena", "MET": "Meta", "NAR": "Nariño",
        "NSA": "Norte de Santander", "PUT": "Putumayo", "QUI": "Quindío", "RIS": "Risaralda", "SAN": "Santander",
        "SAP": "San Andrés y Providencia", "SUC": "Sucre", "TOL": "Tolima", "VAC": "Valle del Cauca", "VAU": "Vaupés",
        "VID": "Vichada",
    },
    "ES": {
        "AN": "Andalucía", "AR": "Aragón", "AS": "Asturias", "CB": "Cantabria", "CE": "Ceuta", "CL": "Castilla y León",
        "CM": "Castilla-La Mancha", "CN": "Canarias", "CT": "Cataluña", "EX": "Extremadura", "GA": "Galicia",
        "IB": "Islas Baleares", "MC": "Región de Murcia", "MD": "Madrid", "ML": "Melilla", "NC": "Navarra",
        "PV": "País Vasco", "RI": "La Rioja", "VC": "Comunidad Valenciana",
    },
}  # fmt: skip
_PLACE = re.compile(r"(\d{4,6}) +(.+)")


def region_name(code: str, country: str) -> str:
    """A state's or province's name from its code; what is no code of that country comes back as it was."""
    return REGIONS.get(country, {}).get(code.strip().upper(), code)


def address_lines(address: str, country: str) -> list[str]:
    """An address in the lines of an envelope; a place that bears its state's name says it once."""
    parts = [part.strip() for part in re.split(r"[,\n]", address) if part.strip()]
    if len(parts) < 2:
        return parts
    last = region_name(parts[-1], country)
    found = _PLACE.fullmatch(parts[-2])
    if found is None:
        return [", ".join(parts[:-1]), last]
    place = f"{found[1]} {last}" if last.startswith(found[2]) else f"{parts[-2]}, {last}"
    return [line for line in (", ".join(parts[:-2]), place) if line]

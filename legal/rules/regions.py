"""The states and provinces of Mexico, Colombia and Spain by the codes of ISO 3166-2, without the country."""

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

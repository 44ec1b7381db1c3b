"""The invented names of the demo: trades, what firms call themselves, people, places."""

import unicodedata
from collections.abc import Mapping, Sequence

TRADES: Mapping[str, Sequence[str]] = {
    "MX": (
        "Ferretería", "Abarrotes", "Muebles", "Transportes", "Papelería", "Constructora", "Taller Mecánico",
        "Refacciones", "Panadería", "Farmacia", "Llantera", "Tornillería", "Imprenta", "Dulcería", "Zapatería",
        "Tlapalería", "Materiales", "Herrería", "Cocinas", "Grúas", "Lavandería", "Vidriería", "Maderería",
    ),
    "CO": (
        "Tostadora", "Cafetería", "Panadería", "Distribuciones", "Comercializadora", "Ferretería", "Supermercado",
        "Restaurante", "Confecciones", "Transportes", "Droguería", "Papelería", "Lácteos",
    ),
    "ES": (
        "Muebles", "Reformas", "Talleres", "Cristalería", "Carpintería", "Hostelería", "Suministros", "Electricidad",
        "Fontanería", "Mármoles", "Decoraciones", "Transportes", "Construcciones", "Ebanistería", "Cocinas",
        "Hotel", "Librería",
    ),
}  # fmt: skip

EPITHETS: Mapping[str, Sequence[str]] = {
    "MX": (
        "Del Ejemplo", "La Muestra", "Nube Cuadrada", "El Espejismo", "Tres Inventos", "La Hipótesis",
        "El Borrador", "La Quinta Pata", "Río Pintado", "El Supuesto", "Cielo de Cartón", "La Metáfora",
        "Mar de Tinta", "El Boceto", "Puerta Falsa", "La Fábula", "Bosque de Lápices", "El Acertijo", "La Maqueta",
        "Sol de Trapo", "El Croquis", "La Leyenda", "Gato Verde", "Siete Mentiritas", "El Unicornio", "Lago de Papel",
        "La Conjetura", "Dos Lunas", "El Dragón Manso", "Pájaro de Alambre", "La Nada", "El Quizá", "Villa Ninguna",
        "Isla de Corcho", "El Garabato", "La Botella al Mar", "Tren de Juguete", "El Titiritero", "La Carreta Voladora",
        "Cerro al Revés", "El Teorema", "La Utopía", "Torre de Naipes", "El Minotauro", "La Sirena Seca",
        "Caballo de Madera", "El Paréntesis", "La Errata", "Nopal de Seda", "El Calcetín Perdido", "La Bruma",
        "Ajolote Azul", "El Pie de Página", "La Cuarta Pared", "Monte de Migajas", "El Prototipo", "La Ocurrencia",
        "Faro de Tierra", "El Molino Quieto", "La Adivinanza", "Colibrí de Plomo", "El Atajo Largo", "La Siesta Eterna",
        "Puente a Ninguna Parte", "El Reloj sin Manecillas", "La Escalera de Agua", "Tormenta en un Vaso",
        "El Duende Contable", "La Cigarra Muda", "Pueblo de Utilería", "El Telón", "La Marioneta", "Volcán de Feria",
        "El Papalote", "La Nuez Vacía", "Estrella de Hojalata", "El Imposible", "La Trama", "Jardín de Plástico",
        "El Guion", "La Comparsa", "Luna de Octubre", "El Apócrifo",
    ),
    "CO": (
        "El Cafeto Imaginario", "La Arepa Cuadrada", "Nevado de Algodón", "El Ensayo", "La Quimera", "Río de Tinto",
        "El Frailejón Azul", "La Tesis", "Páramo de Papel", "El Simulacro", "La Chiva de Juguete", "Ceiba de Cartón",
        "El Mientras Tanto", "La Cumbre Plana", "Guadua de Cristal", "El Turpial Mudo", "La Sabana de Mentira",
        "Cóndor de Hojalata", "El Realismo Trágico", "La Mariposa Gris", "Mochila sin Fondo", "El Cuento",
    ),
    "ES": (
        "El Boceto", "La Quinta Pared", "Molino de Papel", "El Ejemplo", "La Muestra", "Toro de Trapo", "El Supuesto",
        "La Mancha Blanca", "Gigantes y Molinos", "El Borrador", "La Ínsula", "Castillo de Arena", "El Espejismo",
        "La Maqueta", "Puerto Seco", "El Azulejo Roto", "La Siesta", "Olivo de Plástico", "El Apunte", "La Croqueta",
        "Mar de Castilla", "El Duende", "La Hipótesis", "Lobo de Peluche", "El Refrán", "La Peineta", "Nieve de Agosto",
        "El Acertijo", "La Bisagra", "Barco de Vapor", "El Telón", "La Verbena", "Faro Apagado", "El Laberinto",
        "La Errata", "Sol de Invierno",
    ),
}  # fmt: skip

FORMS: Mapping[str, str] = {"MX": "S.A. de C.V.", "CO": "S.A.S.", "ES": "S.L."}

GIVEN: Sequence[str] = (
    "Luis", "María", "Carlos", "Elena", "Diego", "Carla", "Fabio", "Gloria", "Hugo", "Inés", "Julio", "Laura", "Mateo",
    "Nora", "Óscar", "Patricia", "Raúl", "Silvia", "Tomás", "Úrsula", "Víctor", "Ximena", "Yolanda", "Zacarías",
)  # fmt: skip
FAMILY: Sequence[str] = (
    "Demo", "Ejemplo", "Muestra", "Prueba", "Ficticio", "Inventado", "Modelo", "Supuesto", "Imaginario", "Ensayo",
    "Simulado", "Boceto", "Maqueta",
)  # fmt: skip

# City, region, postcode, and how its telephone numbers begin.
CITIES: Mapping[str, Sequence[tuple[str, str, str, str]]] = {
    "MX": (
        ("Querétaro", "QUE", "76000", "+52442"),
        ("León", "GUA", "37000", "+52477"),
        ("Puebla", "PUE", "72000", "+52222"),
        ("Toluca", "MEX", "50000", "+52722"),
        ("Monterrey", "NLE", "64000", "+5281"),
        ("Celaya", "GUA", "38000", "+52461"),
        ("Ciudad de México", "CMX", "06000", "+5255"),
    ),
    "CO": (
        ("Bogotá", "DC", "110111", "+57601"),
        ("Medellín", "ANT", "050001", "+57604"),
        ("Cali", "VAC", "760001", "+57602"),
        ("Pereira", "RIS", "660001", "+57606"),
    ),
    "ES": (
        ("Madrid", "MD", "28001", "+34910"),
        ("Valencia", "VC", "46001", "+34960"),
        ("Zaragoza", "AR", "50001", "+34976"),
        ("Sevilla", "AN", "41001", "+34955"),
    ),
}


def mailbox(name: str, *, person: bool = False) -> str:
    """An address at .example, where no mail arrives: of a firm by what it calls itself, of a person by their name."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower().split()
    if person:
        return f"{'.'.join(plain)}@correo.example"
    return f"pagos@{''.join(word for word in plain if word not in ('el', 'la', 'del', 'de', 'y', 'al'))}.example"

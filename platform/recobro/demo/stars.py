"""Debtors whose every step is written down: those who make the first screens of the last morning."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any

from recobro.demo.cast import SHARED, Debtor, Invoice, Manner, phone, tax_id
from recobro.demo.names import CITIES, mailbox


@dataclass(frozen=True)
class Scene:
    """Something that happens on a day at an hour of the agency's clock; `act` is a function of `recobro.demo.acts`."""

    on: date
    at: tuple[int, int]
    act: str
    what: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Star:
    """One written debtor: in which file it comes, what it owes (days late when placed, minor units), who has it."""

    client: str
    placed_on: date
    name: str
    owes: Sequence[tuple[int, int]]
    collector: str
    scenes: Sequence[Scene]
    kind: str = "firm"
    city: int = 0
    box: str | None = None
    address: str = "Av. de las Maquetas 12"


def _on(month: int, day: int, at: str, act: str, **what: Any) -> Scene:
    hour, _, minute = at.partition(":")
    return Scene(date(2026, month, day), (int(hour), int(minute)), act, what)


def _call(month: int, day: int, at: str, outcome: str, note: str = "", **what: Any) -> Scene:
    return _on(month, day, at, "call", outcome=outcome, note=note, **what)


def _promise(
    month: int, day: int, at: str, amount: int, due: tuple[int, int], note: str = "Por transferencia"
) -> Scene:
    return _on(month, day, at, "promise", amount=amount, due_on=date(2026, *due), note=note)


ANA, BETO, NURIA = "ana@demo.example", "beto@demo.example", "nuria@recobros.example"
_ACE_OCT, _ACE_SEP, _ACE_NOV, _ACE_AUG = date(2026, 10, 5), date(2026, 9, 7), date(2026, 11, 3), date(2026, 8, 3)
_LAC_OCT, _LAC_SEP, _LAC_NOV = date(2026, 10, 12), date(2026, 9, 14), date(2026, 11, 17)
_CAF_OCT = date(2026, 10, 7)
_MUE_OCT, _MUE_SEP, _MUE_NOV = date(2026, 10, 13), date(2026, 9, 14), date(2026, 11, 3)

STARS: Mapping[str, Sequence[Star]] = {
    "demo": (
        Star(
            "aceros", _ACE_OCT, "Ferretería El Tornillo Feliz, S.A. de C.V.",
            ((28, 92_160_55), (20, 61_440_00), (12, 55_720_00)), ANA,
            (
                _call(10, 13, "11:20", "no_answer"),
                _on(10, 20, "16:10", "visit"),
                _call(10, 22, "10:35", "right_party", "Habló con Luis Demo (titular). Reconoce el adeudo; ofrece un "
                      "primer abono de $25,000 la próxima semana.", keep=True, minutes=4),
                _promise(10, 22, "10:38", 25_000_00, (10, 29), "Por SPEI"),
                _on(10, 29, "12:05", "pay", amount=25_000_00),
                _on(10, 29, "16:30", "note", text="Pagos: tratar con Luis Demo. Prefiere que se le marque por la "
                    "mañana, antes de abrir la bodega."),
                _on(11, 10, "17:44", "visit"),
                _call(11, 12, "11:20", "right_party", "Habló con Luis Demo (titular). Agradece el trato; pide dividir "
                      "el resto en 3. Acordó un primer pago de $60,000 el día 18.", keep=True, minutes=4),
                _promise(11, 12, "11:24", 60_000_00, (11, 18), "Por SPEI"),
                _on(11, 19, "17:52", "visit"),
            ),
            box="pagos@tornillofeliz.example",
        ),
        Star(
            "lacteos", _LAC_OCT, "Abarrotes La Prueba, S.A. de C.V.", ((9, 27_618_00), (6, 14_500_00)), ANA,
            (
                _on(10, 23, "12:20", "consent", channel="whatsapp", words="Sí, por WhatsApp me encuentran más fácil."),
                _call(11, 5, "12:10", "no_answer"),
                _on(11, 18, "13:02", "consent", channel="sms", withdrawn=True, words="Ya no me manden mensajes SMS."),
                _call(11, 18, "13:05", "call_back", "Pide que le marquemos el viernes a las 10, ya con su estado de "
                      "cuenta a la vista.", again=(11, 20, "10:00"), minutes=2),
            ), city=1,
        ),
        Star(
            "aceros", _ACE_OCT, "Muebles Imaginarios del Bajío, S.A. de C.V.", ((15, 58_300_00), (10, 38_240_20)), ANA,
            (
                _call(10, 27, "12:40", "call_back", "Está en la feria del mueble; que le llamemos en noviembre."),
                _call(11, 17, "10:20", "right_party", "Pide pagar en cuatro. Revisa hoy la propuesta con su socia.",
                      keep=True, minutes=6),
                _on(11, 17, "10:26", "offer", count=4, first_on=date(2026, 11, 24)),
                _on(11, 18, "19:12", "visit"),
            ), city=5,
        ),
        Star(
            "lacteos", _LAC_OCT, "María Ejemplo Robledo", ((8, 12_875_90),), ANA,
            (
                _on(10, 21, "10:40", "complain", forum="redeco", reference="REDECO-2026-004417", topics=("hours",),
                    words="Me marcaron a las diez y media de la noche.", due_on=date(2026, 11, 4)),
                _on(10, 30, "13:10", "reply", text="Se revisó el registro: ninguna llamada salió fuera de horario. Se "
                    "le enviaron las constancias.", outcome="rejected"),
                _on(11, 19, "20:11", "visit"),
                _on(11, 19, "20:15", "say", what="talk", text="¿Me pueden llamar después de las 10? Quiero ponerme al "
                    "corriente antes de diciembre."),
            ), kind="person", city=6,
        ),
        Star(
            "aceros", _ACE_AUG, f"{SHARED}, S.A. de C.V.", ((9, 148_600_00), (4, 163_300_00)), ANA,
            (
                _call(8, 25, "12:15", "right_party", "Habló el administrador. Promete un abono al cobrar un flete.",
                      keep=True, minutes=5),
                _promise(8, 25, "12:20", 100_000_00, (9, 4)),
                _call(10, 14, "11:40", "refuses", "No cumplió la promesa y dice que no tiene para cuándo."),
                _call(11, 4, "12:30", "no_answer"),
                _call(11, 13, "12:50", "refuses", "Dice que no pagará hasta que le repongan un flete. Sugiero "
                      "proponerlo a jurídico.", minutes=3),
            ), city=4, box="pagos@quimera.example",
        ),
        Star("lacteos", _LAC_NOV, "Papelería Punto y Coma, S.A. de C.V.", ((18, 8_450_00),), ANA, (), city=2, box="",
             address=""),
        Star(
            "aceros", _ACE_SEP, "Constructora Andamio Azul, S.A. de C.V.",
            ((18, 204_650_75), (11, 187_900_00), (5, 157_750_00)), ANA,
            (
                _call(9, 24, "11:05", "right_party", "La contadora confirma las tres facturas y programa un abono.",
                      keep=True, minutes=5),
                _promise(9, 24, "11:09", 90_000_00, (10, 8)),
                _on(10, 8, "12:30", "pay", amount=90_000_00),
                _call(11, 6, "12:20", "call_back", "Esperan una estimación de obra; avisan en cuanto la cobren."),
                _on(11, 19, "13:20", "pay", amount=48_000_00),
            ), city=6,
        ),
        Star(
            "lacteos", _LAC_SEP, "Taller Mecánico Sin Nombre, S.A. de C.V.", ((11, 23_990_00),), ANA,
            (
                _call(11, 10, "12:10", "no_answer"),
                _call(11, 12, "16:40", "voicemail", "Buzón: solo se deja nombre y teléfono."),
                _call(11, 17, "09:50", "no_answer", "Suena y se corta."),
                _on(11, 18, "16:30", "complain", forum="condusef", reference="CON-2026-11873",
                    topics=("frequency", "third_persons"), words="Llaman tres veces al día y le dejaron recado a mi "
                    "cuñado.", due_on=date(2026, 11, 23)),
            ), city=3,
        ),
        Star(
            "aceros", _ACE_OCT, "Panadería Luna de Papel, S.A. de C.V.", ((33, 71_400_00), (25, 57_000_00)), ANA,
            (
                _call(10, 15, "10:50", "right_party", "Pide pagar cada quincena porque así cobra a sus tiendas.",
                      keep=True, minutes=7),
                _on(10, 15, "10:57", "offer", count=5, first_on=date(2026, 10, 19), every="fortnight"),
                _on(10, 15, "18:20", "visit"),
                _on(10, 15, "18:26", "sign"),
                _on(10, 19, "12:10", "pay", amount=25_680_00),
                _on(11, 3, "12:15", "pay", amount=25_680_00),
            ), city=0,
        ),
        Star(
            "aceros", _ACE_OCT, "Llantera La Media Rueda, S.A. de C.V.", ((21, 57_320_40),), ANA,
            (
                _call(10, 28, "11:30", "call_back", "Está montando en carretera; pide que le llamemos otro día."),
                _on(11, 19, "18:36", "visit"),
                _on(11, 19, "18:40", "say", what="paid", text="Transferí el martes a la cuenta de siempre. Les mando "
                    "el comprobante por correo."),
            ), city=1,
        ),
        Star(
            "aceros", _ACE_NOV, "Cocinas La Sartén Cuadrada, S.A. de C.V.", ((26, 38_760_00), (14, 21_400_00)), ANA,
            (
                _on(11, 19, "09:16", "visit"),
                _on(11, 19, "09:21", "flag", kind="dispute", reason="La factura trae dos tarimas que no llegaron; "
                    "tengo la remisión firmada."),
            ), city=2,
        ),
        Star(
            "lacteos", _LAC_OCT, "Julio Inventado Prado", ((16, 9_640_50),), ANA,
            (
                _on(11, 18, "21:02", "flag", kind="hardship", reason="Estoy sin trabajo desde octubre; puedo pagar un "
                    "poco cada quincena."),
                _on(11, 19, "12:40", "lawyer", name="Lic. Inés Amparo Ficticia",
                    address="Calle del Código 8, Querétaro",
                    words="A partir de hoy traten este asunto con mi abogada."),
            ), kind="person", city=0,
        ),
        Star(
            "aceros", _ACE_SEP, "Imprenta El Quinto Color, S.A. de C.V.", ((34, 46_110_60), (22, 28_100_00)), ANA,
            (
                _call(11, 17, "12:00", "right_party", "Quiere pagos más chicos; se le envía una propuesta de tres.",
                      keep=True, minutes=6),
                _on(11, 17, "12:08", "offer", count=3, first_on=date(2026, 11, 27)),
                _on(11, 19, "19:58", "visit"),
                _on(11, 19, "20:05", "decline"),
            ), city=6,
        ),
        Star(
            "lacteos", _LAC_OCT, "Dulcería El Terrón, S.A. de C.V.", ((20, 18_300_00),), ANA,
            (
                _call(11, 11, "13:15", "right_party", "Acuerda la mitad para el día 18.", keep=True, minutes=3),
                _promise(11, 11, "13:18", 9_150_00, (11, 18)),
            ), city=1,
        ),
        Star(
            "aceros", _ACE_SEP, "Materiales El Ladrillo Redondo, S.A. de C.V.", ((48, 98_300_00), (41, 66_500_00)), ANA,
            (
                _call(11, 18, "11:10", "right_party", "Ofrece liquidar en un pago si se le hace un 18 % de quita. "
                      "Vendió una revolvedora y tiene el dinero.", keep=True, minutes=8),
                _on(11, 18, "11:19", "offer", count=1, first_on=date(2026, 11, 27), discount_bp=1800),
            ), city=4,
        ),
        Star(
            "lacteos", _LAC_SEP, "Zapatería El Pie Izquierdo, S.A. de C.V.", ((30, 52_700_00),), BETO,
            (
                _call(11, 19, "12:10", "right_party", "Solo puede en ocho pagos. Se consulta con el cliente.",
                      keep=True, minutes=6),
                _on(11, 19, "12:18", "offer", count=8, first_on=date(2026, 11, 30)),
            ), city=1,
        ),
        Star(
            "aceros", _ACE_OCT, "Grúas Ida y Vuelta, S.A. de C.V.", ((62, 121_450_00), (30, 100_000_00)), BETO,
            (
                _call(11, 17, "13:10", "right_party", "Pide doce pagos; el límite son seis. Se envía a autorización.",
                      keep=True, minutes=7),
                _on(11, 17, "13:18", "offer", count=12, first_on=date(2026, 11, 30)),
            ), city=4,
        ),
        Star(
            "aceros", _ACE_OCT, "Farmacia La Curita de Oro, S.A. de C.V.", ((44, 64_240_00),), BETO,
            (
                _call(11, 18, "12:40", "right_party", "Cierra mes el 25 y transfiere completo.", keep=True, minutes=3),
                _promise(11, 18, "12:43", 64_240_00, (11, 26)),
            ), city=2,
        ),
        Star(
            "aceros", _ACE_NOV, "Maderería El Bosque Ausente, S.A. de C.V.", ((55, 83_910_00), (18, 41_200_00)), BETO,
            (
                _call(11, 19, "10:40", "right_party", "Paga una factura el lunes y la otra en diciembre.", keep=True,
                      minutes=5),
                _promise(11, 19, "10:45", 83_910_00, (11, 23)),
            ), city=5,
        ),
        # The law of Colombia lets a person be contacted once a day: whoever was called this morning waits.
        Star(
            "cafetal", _CAF_OCT, "Elvira Supuesta Cárdenas", ((35, 2_480_000_00), (21, 1_150_000_00)), ANA,
            (
                _on(10, 14, "09:40", "consent", channel="phone", how="email", words="Autorizo que me llamen a este "
                    "número por la deuda con la cooperativa."),
                _call(11, 6, "10:20", "call_back", "Vende la cosecha en dos semanas; pide que le llamemos entonces."),
                _call(11, 20, "09:12", "no_answer", "Timbra y entra el buzón; no se deja mensaje."),
                _on(11, 20, "10:04", "visit"),
                _on(11, 20, "10:06", "say", what="talk", text="Vi su llamada, estaba en el beneficio. Me queda bien "
                    "que hablemos mañana."),
            ), kind="person", city=3,
        ),
        # And not at all through a channel that the person took back.
        Star(
            "cafetal", _CAF_OCT, "Ramiro Maqueta Quintero", ((48, 1_960_000_00), (18, 870_000_00)), ANA,
            (
                _on(10, 15, "09:30", "consent", channel="phone", how="email", words="Pueden llamarme o escribirme al "
                    "correo."),
                _on(10, 15, "09:31", "consent", channel="email", how="email", words="Pueden llamarme o escribirme al "
                    "correo."),
                _call(11, 11, "10:50", "right_party", "Reconoce las dos facturas; promete la primera para el 18.",
                      keep=True, minutes=5),
                _promise(11, 11, "10:56", 1_960_000_00, (11, 18)),
                _on(11, 18, "15:20", "consent", channel="phone", withdrawn=True, how="email", words="Retiro mi "
                    "autorización: no me llamen ni me escriban más."),
                _on(11, 18, "15:21", "consent", channel="email", withdrawn=True, how="email", words="Retiro mi "
                    "autorización: no me llamen ni me escriban más."),
            ), kind="person", city=1,
        ),
    ),
    "recobros": (
        Star(
            "muebles", _MUE_OCT, "Ebanistería La Viruta, S.L.", ((31, 4_820_40), (22, 2_260_00), (15, 1_940_00)), NURIA,
            (
                _call(10, 21, "11:15", "no_answer"),
                _on(10, 26, "18:05", "visit"),
                _call(10, 28, "10:40", "right_party", "Habla Luis Demo (administrador). Reconoce las facturas y ofrece "
                      "un primer pago de 1.000 €.", keep=True, minutes=4),
                _promise(10, 28, "10:44", 1_000_00, (11, 4)),
                _on(11, 4, "12:05", "pay", amount=1_000_00),
                _call(11, 12, "11:20", "right_party", "Agradece la espera; pide dividir el resto en tres. Primer pago "
                      "de 3.000 € el día 18.", keep=True, minutes=5),
                _promise(11, 12, "11:25", 3_000_00, (11, 18)),
                _on(11, 19, "17:40", "visit"),
            ), city=1,
        ),
        Star(
            "muebles", _MUE_OCT, "Hostelería El Tercer Plato, S.L.", ((20, 1_845_30),), NURIA,
            (
                _call(11, 18, "12:30", "call_back", "Prefiere hablar el viernes a las 10, antes del servicio.",
                      again=(11, 20, "10:00"), minutes=2),
            ), city=0,
        ),
        Star(
            "muebles", _MUE_SEP, "Reformas Pladur y Medio, S.L.", ((28, 4_112_75), (16, 2_300_00)), NURIA,
            (
                _call(11, 17, "10:25", "right_party", "Quiere fraccionar en cuatro; se le envía la propuesta.",
                      keep=True, minutes=6),
                _on(11, 17, "10:33", "offer", count=4, first_on=date(2026, 11, 25)),
                _on(11, 18, "20:12", "visit"),
            ), city=2,
        ),
        Star(
            "muebles", _MUE_OCT, "Lucía Muestra Prats", ((12, 640_20),), NURIA,
            (
                _on(11, 19, "20:31", "visit"),
                _on(11, 19, "20:35", "say", what="talk", text="¿Podéis llamarme por la mañana? Quiero dejarlo "
                    "resuelto este mes."),
            ), kind="person", city=1,
        ),
        Star(
            "muebles", _MUE_SEP, f"{SHARED}, S.L.", ((40, 7_180_00), (33, 5_300_00)), NURIA,
            (
                _call(10, 7, "12:10", "right_party", "Promete pagar al cobrar un porte.", keep=True, minutes=4),
                _promise(10, 7, "12:14", 3_000_00, (10, 16)),
                _call(11, 12, "12:40", "refuses", "Dice que no pagará hasta aclarar un porte con su comercial.",
                      minutes=3),
            ), city=3, box="pagos@quimera.example",
        ),
        Star(
            "muebles", _MUE_SEP, "Hotel Media Estrella, S.L.", ((25, 6_480_00), (18, 5_250_00)), NURIA,
            (
                _call(10, 15, "11:10", "right_party", "Administración confirma el saldo; pagan por partes.", keep=True,
                      minutes=4),
                _promise(10, 15, "11:14", 2_000_00, (10, 26)),
                _on(10, 26, "12:00", "pay", amount=2_000_00),
                _on(11, 19, "13:10", "pay", amount=1_500_00),
            ), city=1,
        ),
        Star(
            "muebles", _MUE_OCT, "Talleres La Biela Coja, S.L.", ((14, 1_120_00),), NURIA,
            (
                _call(11, 10, "12:05", "no_answer"),
                _call(11, 12, "16:20", "voicemail", "Buzón: solo se deja nombre y teléfono."),
                _call(11, 17, "09:50", "no_answer"),
                _on(11, 17, "12:30", "complain", forum="own", topics=("documents",), words="Pedimos dos veces el "
                    "albarán firmado y no llega.", due_on=date(2026, 12, 2)),
                _on(11, 19, "13:40", "reply", text="Se envió el albarán firmado por el almacén el 19 de noviembre."),
            ), city=2,
        ),
        Star(
            "muebles", _MUE_SEP, "Suministros El Enchufe Triste, S.L.", ((52, 3_980_00),), NURIA,
            (
                _call(11, 18, "11:30", "right_party", "Ofrece un pago único con un 15 % de quita. Se consulta.",
                      keep=True, minutes=6),
                _on(11, 18, "11:38", "offer", count=1, first_on=date(2026, 11, 27), discount_bp=1500),
            ), city=0,
        ),
        Star(
            "muebles", _MUE_OCT, "Decoraciones La Cortina Rasgada, S.L.", ((26, 2_215_60),), NURIA,
            (
                _on(11, 19, "09:21", "flag", kind="dispute", reason="El armario llegó con dos puertas rotas y nadie "
                    "ha pasado a verlo."),
            ), city=3,
        ),
        Star("muebles", _MUE_NOV, "Cristalería El Vaso Medio, S.L.", ((18, 915_80),), NURIA, (), city=0, box="",
             address=""),
        Star(
            "muebles", _MUE_NOV, "Librería La Página en Blanco, S.L.", ((24, 1_460_00),), NURIA,
            (
                _call(11, 19, "12:10", "right_party", "Paga todo el día 27 por transferencia.", keep=True, minutes=3),
                _promise(11, 19, "12:13", 1_460_00, (11, 27)),
            ), city=1,
        ),
    ),
}  # fmt: skip


def cast_of(star: Star, country: str, place: int) -> Debtor:
    """The debtor of a star; `place` makes its number and telephone its own."""
    city, region, postcode, area = CITIES[country][star.city]
    _, _, rest = star.name.partition(" ")
    own = star.name if star.kind == "person" else rest.partition(",")[0]
    return Debtor(
        number=f"{star.client[:3].upper()}9{place:03d}",
        name=star.name,
        kind=star.kind,
        tax_id=tax_id(country, firm=star.kind == "firm", random=Random(star.name)),  # noqa: S311 - a story
        email=mailbox(own, person=star.kind == "person") if star.box is None else star.box,
        phone=phone(area, 900 + place),
        address=star.address,
        city=city,
        region=region,
        postcode=postcode,
        manner=Manner.SCRIPTED,
    )


def invoices_of(star: Star, debtor: Debtor) -> list[Invoice]:
    """What a star owes, by its days late when placed."""
    found = []
    for index, (late, amount) in enumerate(star.owes):
        due = star.placed_on - timedelta(days=max(late, 1))
        reference = f"{star.client[0].upper()}-9{debtor.number[-2:]}{index + 1}"
        found.append(Invoice(debtor, reference, due - timedelta(days=30), due, amount))
    return found

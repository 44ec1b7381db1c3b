"""Invented people, firms and figures for the kit."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from kernel.money import Money
from recobro.web.charts import Cohort, Column, axis_values, highest_of
from recobro.web.lists import Chip, Head, Pager, Tab
from recobro.web.shell import MenuItem, MenuSection, ShellAgency, ShellUser

NOW = datetime(2026, 11, 20, 16, 42, tzinfo=UTC)
USER = ShellUser("Ana Prueba", "ana@despacho.example", "Gestora")
AGENCY = ShellAgency("Despacho Ejemplo, S.C.")
AGENCY_OF_CLIENT = ShellAgency("Despacho Ejemplo, S.C.", client="Aceros Ficticios")


def mxn(text: str) -> Money:
    """Pesos."""
    return Money.of(text, "MXN")


def staff_menu(screen: str) -> list[MenuSection]:
    """The rail of a collector."""

    def item(label: str, to: str, icon: str, count: int | None = None, keys: str = "") -> MenuItem:
        return MenuItem(label, f"/dev/kit/{to}", icon, count, current=to == screen, keys=keys)

    return [
        MenuSection(
            "Trabajo",
            [item("Mi cola", "desk", "inbox", 42, "g q"), item("Casos", "cases", "list-check", keys="g c")],
        ),
        MenuSection(
            "Cartera",
            [
                item("Cargas", "import", "upload", keys="g i"),
                item("Promesas", "form", "calendar-event", 6, "g p"),
                item("Convenios", "debtor-plan", "clipboard-check", keys="g v"),
                item("Jurídico", "record", "gavel", 3, "g j"),
            ],
        ),
        MenuSection(
            "Finanzas",
            [
                item("Portal del cliente", "portal", "report-money"),
                item("Página del deudor", "debtor", "device-mobile"),
            ],
        ),
    ]


def portal_menu() -> list[MenuSection]:
    """The rail of a client."""
    return [
        MenuSection(
            "Aceros Ficticios",
            [
                MenuItem("Resumen", "/dev/kit/portal", "home", current=True),
                MenuItem("Mis casos", "/dev/kit/cases", "list-check"),
                MenuItem("Enviar cartera", "/dev/kit/import", "upload"),
                MenuItem("Autorizaciones", "/dev/kit/form", "clipboard-check", 2),
            ],
        ),
        MenuSection(
            "Dinero",
            [
                MenuItem("Pagos recibidos", "/dev/kit/cases", "cash"),
                MenuItem("Remesas", "/dev/kit/record", "report-money"),
            ],
        ),
        MenuSection("Más", [MenuItem("Usuarios", "/dev/kit/form", "users")]),
    ]


QUEUE = [
    (
        "Ferretería El Tornillo Feliz, S.A. de C.V.",
        "184320.55",
        "Promesa rota ayer",
        "neg",
        74,
        "Aceros Ficticios · Querétaro",
    ),
    ("Abarrotes La Prueba", "42118.00", "Seguimiento 10:00", "warn", 48, "Lácteos Demo · León"),
    (
        "Muebles Imaginarios del Bajío",
        "96540.20",
        "Abrió el convenio, no firmó",
        "info",
        61,
        "Aceros Ficticios · Celaya",
    ),
    ("María Ejemplo Robledo", "12875.90", "Respondió por WhatsApp", "info", 33, "Clínica Muestra · CDMX"),
    ("Transportes Quimera", "311900.00", "Candidato a jurídico", "legal", 118, "Llantas Modelo · Monterrey"),
    ("Papelería Punto y Coma", "8450.00", "Nuevo, sin contactar", "", 21, "Lácteos Demo · Puebla"),
    ("Constructora Andamio Azul", "742300.75", "Pago parcial recibido", "ok", 92, "Aceros Ficticios · CDMX"),
    ("Taller Mecánico Sin Nombre", "23990.00", "3 intentos sin contacto", "", 55, "Llantas Modelo · Toluca"),
]
TAX_IDS = (
    "FTF190312AB4",
    "APR150921QX2",
    "MIB110203TT0",
    "EERM850412H31",
    "TQU080808K19",
    "PPC200115JJ8",
    "CAA170630LM5",
    "TMS131224PP1",
)


def event(icon: str, title: str, meta: str, body: str, tone: str = "", url: str = "") -> dict[str, str]:
    """One entry of a timeline."""
    return {"icon": icon, "title": title, "meta": meta, "body": body, "tone": tone, "url": url}


EVENTS = [
    event(
        "brand-whatsapp",
        "WhatsApp entregado y leído",
        "hoy 09:02 · Sistema",
        "Plantilla «Recordatorio firme 2» · leído 09:04",
    ),
    event(
        "alert-triangle",
        "Promesa rota",
        "hoy 00:05 · Sistema",
        "Prometió $60,000.00 para el 19 nov; no se registró pago",
        "neg",
    ),
    event(
        "phone",
        "Llamada saliente · 4 min 12 s",
        "14 nov 11:20 · Ana Prueba",
        "Habló con Luis Demo (titular). Reconoce el adeudo; pide dividir en 3. Acordó primer pago el 19.",
    ),
    event("calendar-dollar", "Promesa de pago", "14 nov 11:24 · Ana Prueba", "$60,000.00 el 19 nov por SPEI", "info"),
    event(
        "mail-opened",
        "Correo abierto (2 veces)",
        "10 nov 17:41 · Sistema",
        "«Estado de cuenta al 10 de noviembre» · clic en «Ver opciones»",
    ),
    event(
        "device-mobile",
        "Visitó la página de pago",
        "10 nov 17:44 · Deudor",
        "Simuló convenio de 4 pagos de $46,080.14; no aceptó",
    ),
    event(
        "upload", "Asignado con 3 facturas", "1 nov 08:00 · Sistema", "Carga «aceros_oct.xlsx» · estrategia «B2B 60+»"
    ),
]

CONTACTS = [
    ("phone", "Luis Demo", "titular", "+524425550142", "Verificado", "ok"),
    ("email", "Cuentas por pagar", "", "pagos@tornillo.example", "Abre", "ok"),
    ("phone", "Bodega", "", "+524425550177", "No contesta", ""),
]
RESULTS = [
    ("holder", "Contactó al titular"),
    ("third", "Tercero"),
    ("voicemail", "Buzón"),
    ("no_answer", "No contesta"),
    ("wrong", "Número equivocado"),
    ("refused", "Se niega a pagar"),
]


def _desk() -> dict[str, Any]:
    return {
        "queue": [(n, mxn(b), w, t, late, m) for n, b, w, t, late, m in QUEUE],
        "tabs": [Tab("Hoy", "/dev/kit/desk", 24, True), Tab("Rotas", "#", 6), Tab("Nuevos", "#", 12)],
        "record_tabs": [
            Tab("Actividad", "/dev/kit/desk", None, True),
            Tab("Facturas", "#", 3),
            Tab("Contactos", "#", 4),
            Tab("Pagos", "#", 1),
            Tab("Convenios", "#"),
            Tab("Documentos", "#", 6),
            Tab("Jurídico", "#"),
        ],
        "events": EVENTS,
        "contacts": CONTACTS,
        "results": RESULTS,
        "balance": mxn("184320.55"),
        "promised": mxn("214300"),
    }


def _cases() -> dict[str, Any]:
    rows = []
    for i in range(18):
        name, balance, why, tone, late, meta = QUEUE[i % 8]
        rows.append(
            {
                "id": i,
                "name": name,
                "tax_id": TAX_IDS[i % 8],
                "client": meta.split(" · ")[0],
                "balance": mxn(balance),
                "late": late,
                "why": why,
                "tone": tone,
                "next": ("Llamar · vencida", "Llamar · 10:00", "Llamar · hoy", "Llamar · 09:12")[i % 4],
                "collector": "Ana Prueba",
                "last": "14 nov · llamada",
                "picked": i in (1, 2),
            }
        )
    return {
        "rows": rows,
        "heads": [
            Head("Deudor", url="?sort=name", fixed=True),
            Head("Cliente", url="?sort=client"),
            Head("Saldo", num=True, url="?sort=balance", order="descending"),
            Head("Atraso", num=True, url="?sort=late"),
            Head("Etapa", url="?sort=stage"),
            Head("Próxima acción"),
            Head("Gestor", url="?sort=collector"),
            Head("Último contacto"),
        ],
        "tabs": [
            Tab("Todos", "/dev/kit/cases", 1284, True),
            Tab("Sin asignar", "#", 42),
            Tab("Promesas rotas", "#", 36),
            Tab("+90 días sin contacto", "#", 118),
            Tab("Mi vista: Aceros > $50 k", "#", 57),
        ],
        "chips": [
            Chip("Cliente", "Aceros Ficticios, Lácteos Demo", "#"),
            Chip("Días de atraso", "≥ 30", "#"),
            Chip("Etapa", "Extrajudicial", "#"),
        ],
        "pager": Pager(1, 50, 1284, next_url="?after=x"),
        "total": mxn("9214880.10"),
    }


MONTHS = ("dic", "ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov")
RECOVERED = [
    (258, 118, 36),
    (286, 130, 40),
    (312, 136, 50),
    (332, 150, 48),
    (306, 140, 42),
    (356, 164, 52),
    (376, 172, 54),
    (398, 186, 56),
    (374, 170, 54),
    (430, 200, 60),
    (456, 210, 66),
    (322, 142, 48),
]


def _portal() -> dict[str, Any]:
    columns = [
        Column(month, values, f"{month}: {sum(values)} k", "/dev/kit/cases")
        for month, values in zip(MONTHS, RECOVERED, strict=True)
    ]
    shares = [
        ("6.1", "14.8", "22.3", "27.9", "31.2"),
        ("7.4", "16.9", "24.8", "30.1"),
        ("8.0", "18.2", "26.4"),
        ("9.3", "20.6"),
        ("8.8",),
    ]
    labels = ("jul 2026", "ago 2026", "sep 2026", "oct 2026", "nov 2026")
    return {
        "columns": columns,
        "axis": [f"{int(v)} k" if v else "0" for v in axis_values(highest_of(columns, 560))],
        "cohorts": [
            Cohort(label, [Decimal(s) / 100 for s in row] + [None] * (5 - len(row)), "/dev/kit/cases")
            for label, row in zip(labels, shares, strict=True)
        ],
        "figures": [list(row) + [""] * (5 - len(row)) for row in shares],
        "periods": ("30 d", "60 d", "90 d", "120 d", "150 d"),
        "where": [
            ("Sin contactar", 412, "$412 k", "/dev/kit/cases"),
            ("En gestión", 3920, "$3,920 k", "/dev/kit/cases"),
            ("Promesa vigente", 1186, "$1,186 k", "/dev/kit/cases"),
            ("Convenio activo", 1804, "$1,804 k", "/dev/kit/cases"),
            ("En disputa", 688, "$688 k", "/dev/kit/cases"),
            ("Jurídico", 1203, "$1,203 k", "/dev/kit/cases"),
        ],
        "recovered": mxn("6726000"),
        "outstanding": mxn("9214880"),
        "committed": mxn("1186400"),
        "remittance": mxn("438212.60"),
        "rate": Decimal("0.422"),
        "spark": [sum(v) for v in RECOVERED],
    }


def _import() -> dict[str, Any]:
    fields = [
        ("", "Elegir…"),
        ("skip", "No importar"),
        ("name", "Nombre del deudor"),
        ("tax_id", "Identificación fiscal"),
        ("number", "Número de factura"),
        ("uuid", "Folio fiscal (CFDI)"),
        ("due", "Fecha de vencimiento"),
        ("amount", "Importe original"),
        ("balance", "Saldo pendiente"),
        ("phone", "Teléfono"),
        ("email", "Correo"),
    ]
    rows = [
        ("Razón social", "Ferretería El Tornillo Feliz", "name", "ok", "1,248 con valor"),
        ("RFC", "FTF190312AB4", "tax_id", "ok", "1,241 válidos · 7 con dígito incorrecto"),
        ("Folio", "A-2231", "number", "ok", "1,248 únicos"),
        ("UUID", "5f0b…9c1e", "uuid", "ok", "1,236 con valor"),
        ("F. Vencimiento", "07/09/2026", "due", "ok", "día/mes/año"),
        ("Importe", "$ 61,440.18", "amount", "ok", "MXN"),
        ("Saldo", "61,440.18", "balance", "ok", "MXN · total $9,214,880.10"),
        ("Tel 1", "442 555 0142", "phone", "ok", "1,102 válidos (+52)"),
        ("Mail", "pagos@tornillo.example", "email", "ok", "987 válidos"),
        ("Vendedor", "R. Muestra", "", "warn", "¿Guardar como campo propio?"),
        ("Obs", "cliente pide…", "skip", "", "412 con texto"),
    ]
    return {
        "fields": fields,
        "rows": rows,
        "steps": [
            ("Archivo", "done", "#"),
            ("Encabezado", "done", "#"),
            ("Columnas", "now", ""),
            ("Revisar y corregir", "todo", ""),
            ("Confirmar", "todo", ""),
        ],
        "total": mxn("9214880.10"),
    }


def _debtor() -> dict[str, Any]:
    return {
        "face": {
            "name": "Aceros Ficticios",
            "by": "Despacho Ejemplo, S.C.",
            "logo_url": "",
            "help": ("Hablar con una persona: 442 555 0100", "tel:+524425550100"),
        },
        "balance": mxn("184320.55"),
        "today": mxn("175104.52"),
        "saves": mxn("9216.03"),
        "instalment": mxn("46080.14"),
        "last": mxn("46080.13"),
        "dates": [date(2026, 12, 18), date(2027, 1, 18), date(2027, 2, 18)],
    }


def _record() -> dict[str, Any]:
    return {
        "events": EVENTS[:4],
        "balance": mxn("184320.55"),
        "stages": [
            ("Demanda", "done", "3 ago"),
            ("Admisión", "done", "19 ago"),
            ("Emplazamiento", "done", "10 sep"),
            ("Contestación", "now", "vence 27 nov"),
            ("Pruebas", "todo", ""),
            ("Sentencia", "todo", ""),
            ("Ejecución", "todo", ""),
        ],
        "tabs": [Tab("Resumen", "/dev/kit/record", None, True), Tab("Documentos", "#", 8), Tab("Gastos", "#", 3)],
        "ledger": [
            (date(2026, 9, 7), "Factura A-2231", "#", mxn("61440.18"), mxn("61440.18")),
            (date(2026, 9, 21), "Factura A-2240", "#", mxn("122880.37"), mxn("184320.55")),
            (date(2026, 10, 2), "Pago por SPEI", "#", -mxn("20000"), mxn("164320.55")),
            (date(2026, 10, 5), "Reverso de pago", "#", mxn("20000"), mxn("184320.55")),
        ],
        "schedule": [
            ("1 de 4", "18 nov 2026", "$46,080.14", "paid", "Pagado"),
            ("2 de 4", "18 dic 2026", "$46,080.14", "due", "Por vencer"),
            ("3 de 4", "18 ene 2027", "$46,080.14", "", "Programado"),
            ("4 de 4", "18 feb 2027", "$46,080.13", "", "Programado"),
        ],
    }


def page(screen: str) -> dict[str, Any]:
    """The sample page of a screen; the kit's index takes a little of all."""
    makers = {
        "desk": _desk,
        "cases": _cases,
        "portal": _portal,
        "import": _import,
        "debtor": _debtor,
        "debtor-plan": _debtor,
        "record": _record,
    }
    if screen == "index":
        return {"desk": _desk(), "cases": _cases(), "portal": _portal(), "record": _record(), "now": NOW}
    if screen == "error":
        return {"status": 404, "sentence": "Esa página no existe o no es tuya.", "title": "", "request_id": ""}
    return makers[screen]() if screen in makers else {}

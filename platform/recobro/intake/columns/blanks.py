"""The blank sheets people fill in: for each kind of file the columns it may bring, in the words of a country, and one
row that shows how. Their headings are ones we know, so a filled sheet needs no mapping."""

from collections.abc import Mapping, Sequence

# What a column is called; the first name where a country has none of its own.
_NAMES: Mapping[str, Mapping[str, str]] = {
    "reference": {"": "Número de factura", "MX": "Folio", "ES": "Nº factura"},
    "uuid": {"": "CUFE", "MX": "Folio fiscal"},
    "customer_ref": {"": "Código de cliente", "MX": "No. cliente", "ES": "Nº cliente"},
    "debtor_name": {"": "Razón social", "MX": "Nombre o razón social"},
    "debtor_kind": {"": "Tipo de persona"},
    "tax_id": {"": "Identificación fiscal", "MX": "RFC", "CO": "NIT", "ES": "NIF"},
    "issued_on": {"": "Fecha de emisión", "ES": "Fecha de factura"},
    "due_on": {"": "Fecha de vencimiento", "ES": "Vencimiento"},
    "currency": {"": "Moneda", "ES": "Divisa"},
    "balance": {"": "Saldo", "ES": "Importe pendiente"},
    "phone": {"": "Teléfono", "CO": "Celular"},
    "email": {"": "Correo electrónico"},
    "address": {"": "Dirección", "MX": "Calle y número"},
    "city": {"": "Ciudad", "MX": "Municipio", "ES": "Población"},
    "region": {"": "Departamento", "MX": "Estado", "ES": "Provincia"},
    "postal_code": {"": "Código postal"},
    "entry_type": {"": "Tipo de movimiento"},
    "amount": {"": "Importe", "CO": "Valor"},
    "paid_on": {"": "Fecha de pago"},
    "payment_id": {"": "Referencia de pago"},
    "note": {"": "Nota"},
    "movement": {"": "Alta o baja"},
    "reason": {"": "Motivo"},
    "channel": {"": "Canal"},
    "contact_value": {"": "Teléfono o correo"},
    "consent": {"": "Consentimiento"},
    "consented_on": {"": "Fecha de consentimiento"},
    "evidence": {"": "Evidencia"},
    "file_name": {"": "Archivo"},
    "document_type": {"": "Tipo"},
    "document_date": {"": "Fecha"},
}
_FIELDS: Mapping[str, str] = {
    "placement": "customer_ref debtor_name debtor_kind tax_id reference issued_on due_on currency balance phone email"
    " address city region postal_code",
    "financial": "reference entry_type amount currency paid_on payment_id note",
    "maintenance": "customer_ref tax_id phone email address city region postal_code movement",
    "recall": "reference customer_ref tax_id reason note",
    "consent": "customer_ref tax_id channel contact_value consent consented_on evidence",
    "documents": "file_name reference document_type document_date",
}
_SAMPLE: Mapping[str, Mapping[str, str]] = {
    "reference": {"": "A-1001"},
    "customer_ref": {"": "C-0001"},
    "debtor_name": {"": "EJEMPLO: borra esta fila"},
    "debtor_kind": {"": "Empresa", "MX": "Persona moral", "CO": "Persona jurídica"},
    "tax_id": {"": "900123456-8", "MX": "EJE010203AB5", "ES": "B12345674"},
    "issued_on": {"": "15/01/2026"},
    "due_on": {"": "28/02/2026"},
    "currency": {"": "COP", "MX": "MXN", "ES": "EUR"},
    "balance": {"": "1.250.000,50", "MX": "1,250.50", "ES": "1.250,50"},
    "amount": {"": "1.250.000,50", "MX": "1,250.50", "ES": "1.250,50"},
    "phone": {"": "300 123 4567", "MX": "55 1234 5678", "ES": "600 123 456"},
    "email": {"": "pagos@ejemplo.example"},
    "address": {"": "Calle Ejemplo 1"},
    "city": {"": "Bogotá", "MX": "Querétaro", "ES": "Madrid"},
    "region": {"": "Cundinamarca", "MX": "Querétaro", "ES": "Madrid"},
    "postal_code": {"": "110111", "MX": "76000", "ES": "28001"},
    "entry_type": {"": "Pago"},
    "paid_on": {"": "28/02/2026"},
    "payment_id": {"": "TRANSF-001"},
    "note": {"": "EJEMPLO: borra esta fila"},
    "movement": {"": "Alta"},
    "reason": {"": "Pago directo"},
    "channel": {"": "WhatsApp"},
    "contact_value": {"": "300 123 4567", "MX": "55 1234 5678", "ES": "600 123 456"},
    "consent": {"": "Sí"},
    "consented_on": {"": "28/02/2026"},
    "evidence": {"": "EJEMPLO: borra esta fila"},
    "file_name": {"": "Factura A-1001.pdf"},
    "document_type": {"": "Factura"},
    "document_date": {"": "28/02/2026"},
}


def blank(kind: str, country: str) -> tuple[Sequence[str], Sequence[str]]:
    """The headings and the row that shows how, for a kind of file in a country's words. KeyError: no such kind."""
    fields = _FIELDS[kind].split()
    return [_of(_NAMES[field], country) for field in fields], [_of(_SAMPLE[field], country) for field in fields]


def _of(words: Mapping[str, str], country: str) -> str:
    return words.get(country, words[""])

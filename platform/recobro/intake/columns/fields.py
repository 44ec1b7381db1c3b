"""The fields a column may be, in the words of the people who map them, and the headings by which they are known."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from kernel.text import msg

# What a column may be besides a field.
SKIP = ""
OWN = "own"
# Two columns may be one field alike, and a person has to say which.
ASK = "?"


class Sort(StrEnum):
    """What a field holds, and so how its column is read."""

    TEXT = "text"
    AMOUNT = "amount"
    DAY = "day"
    YES_NO = "yes_no"


@dataclass(frozen=True)
class Field:
    """One field of a placement: what it holds, its label, and headings that mean it (lower case, no accents)."""

    name: str
    sort: Sort
    label: str
    headings: tuple[str, ...]


_PLACEMENT = (
    Field("reference", Sort.TEXT, msg("Número de factura"), (
        "no factura", "nro factura", "num factura", "numero factura", "numero de factura", "no de factura",
        "factura", "folio", "folio factura", "folio interno", "invoice number", "invoice no", "invoice id",
        "invoice", "invoice num", "document number", "no documento", "nro documento", "numero de documento",
        "documento", "referencia", "reference", "no cuenta", "numero de cuenta", "cuenta", "account number",
        "account no", "no credito", "credito", "contrato", "no contrato", "numero de contrato", "serie folio",
        "bill number", "doc id", "no adeudo",
        "consecutivo", "no comprobante", "numero comprobante", "numero de comprobante", "nro comprobante", "no doc",
        "nro doc", "num doc", "num documento", "document no", "invoice ref", "numero de recibo", "no recibo",
        "poliza", "no poliza", "numero de poliza", "numero poliza", "policy number", "policy no", "claim number",
        "no contrato cliente", "loan number", "loan no", "no prestamo", "prestamo", "numero de prestamo",
        "obligacion", "no obligacion", "numero de obligacion", "numero obligacion", "no de cuenta", "no de credito",
        "numero de credito", "numero credito")),
    Field("series", Sort.TEXT, msg("Serie de la factura"), (
        "serie", "series", "serie factura", "serie de la factura", "serie cfdi", "serie comprobante", "serie documento",
        "prefijo", "prefijo factura", "invoice series")),
    Field("instalment", Sort.TEXT, msg("Número de cuota"), (
        "cuota", "no cuota", "no de cuota", "nro cuota", "numero de cuota", "parcialidad", "no parcialidad",
        "no plazo", "no de plazo", "nro plazo", "numero de plazo", "plazo no", "instalment", "installment",
        "instalment no", "installment no", "instalment number", "installment number", "vencimiento no")),
    Field("customer_ref", Sort.TEXT, msg("Número de cliente"), (
        "titulo numero",
        "no cliente", "nro cliente", "num cliente", "numero cliente", "numero de cliente", "codigo cliente",
        "cod cliente", "codigo de cliente", "id cliente", "clave cliente", "clave", "customer id",
        "customer number", "customer no", "customer num", "cust number", "customer", "client id", "client number",
        "account id", "id deudor", "no deudor", "codigo deudor", "debtor id", "debtor number",
        "cliente no", "codigo tercero", "cod tercero", "customer code", "cuenta cliente", "cuenta contable", "acct",
        "acct no",
        "matricula", "no matricula", "suscriptor", "no suscriptor", "codigo suscriptor", "no socio",
        "numero de socio", "member id", "member number", "patient id", "no asociado")),
    Field("debtor_name", Sort.TEXT, msg("Nombre del deudor"), (
        "titulo nombre",
        "nombre deudor", "nombre del deudor", "deudor", "razon social", "razon social deudor", "nombre",
        "nombre cliente", "nombre del cliente", "nombre completo", "nombre o razon social", "denominacion",
        "titular", "receptor", "nombre receptor", "customer name", "name customer", "debtor", "debtor name",
        "company", "company name", "name", "full name", "client name", "cliente", "obligado",
        "nombre 1", "name 1", "name1", "nombre1", "tercero", "nombre tercero", "nombre del tercero", "nombre fiscal",
        "nombre comercial", "razon social cliente", "invoice partner display name", "partner",
        "nombre mostrado del contacto de la factura", "nombre a mostrar del socio de la factura", "empresa deudora",
        "bill to", "bill to name", "sold to name", "cliente proyecto", "customer full name", "customer project",
        "contratante", "tomador", "responsable de pago", "padre o tutor", "tutor", "suscriptor nombre", "nombres",
        "nombre s", "primer nombre", "first name", "given name", "nombre deudor completo", "acreditado",
        "nombre acreditado", "nombre titular", "nombre cuenta",
        "descripcion cuenta", "titulo cuenta", "nombre del titular", "guarantor", "responsible party", "patient name",
        "borrower", "borrower name", "consumer name")),
    Field("middle_name", Sort.TEXT, msg("Segundo nombre"), (
        "segundo nombre", "otros nombres", "middle name", "middle initial", "mi")),
    Field("surname", Sort.TEXT, msg("Apellidos o primer apellido"), (
        "apellidos", "apellido", "apellido paterno", "ap paterno", "a paterno", "paterno", "primer apellido",
        "apellido 1", "apellidos deudor", "last name", "surname", "family name", "lastname")),
    Field("surname_2", Sort.TEXT, msg("Segundo apellido"), (
        "apellido materno", "ap materno", "a materno", "materno", "segundo apellido", "apellido 2")),
    Field("debtor_kind", Sort.TEXT, msg("Persona o empresa"), (
        "tipo persona", "tipo de persona", "persona", "persona o empresa", "tipo deudor", "tipo de deudor",
        "tipo cliente", "tipo de cliente", "naturaleza", "naturaleza juridica", "personalidad juridica",
        "person type", "customer type", "debtor type", "debtor kind", "legal entity type", "person or company")),
    Field("tax_id", Sort.TEXT, msg("Identificación fiscal"), (
        "titulo identificacion",
        "rfc", "rfc deudor", "rfc receptor", "rfc cliente", "nit", "nit deudor", "nif", "cif", "nif cif",
        "cif nif", "dni", "cedula", "identificacion", "identificacion fiscal", "rut", "rut deudor", "cuit", "ruc",
        "curp", "tax id", "tax number", "vat number", "vat id", "tin", "id fiscal", "no identificacion",
        "numero de identificacion",
        "rfc del receptor", "nit tercero", "nit cliente deudor", "identificacion tercero", "id tercero",
        "identificacion cliente", "identificacion del cliente", "nit cc", "cc nit", "nif cliente", "cif cliente",
        "tax reg no")),
    Field("issued_on", Sort.DAY, msg("Fecha de emisión"), (
        "fecha emision", "fecha de emision", "fecha factura", "fecha de factura", "fecha", "fecha documento",
        "emision", "f factura", "fec factura", "f documento", "f emision", "fec emision", "fecha de expedicion",
        "expedicion", "invoice date", "issue date",
        "issued on", "document date", "document create date", "date", "billing date",
        "fecha doc", "fecha elaboracion", "fecha de elaboracion", "fecha creacion", "fecha de creacion", "creacion",
        "fecha registro", "fecha de registro", "fecha expedicion", "fecha contabilizacion", "doc date",
        "posting date", "invoice bill date", "date utc", "created utc", "fecha emision factura", "txn date")),
    Field("due_on", Sort.DAY, msg("Fecha de vencimiento"), (
        "fecha vencimiento", "fecha de vencimiento", "vencimiento", "vence", "f vencimiento", "f vto",
        "fec vencimiento", "fec vto", "fecha vto", "vto", "fecha limite", "fecha limite de pago",
        "fecha de pago limite", "due date", "due", "due on", "due in date", "payment due", "maturity date",
        "expiration date", "fecha exigible",
        "venc neto", "vencimiento neto", "fecha venc", "fecha de venc", "f venc", "fec venc", "fecha vence",
        "fecha vencto", "fecha de vencto", "vencto", "fecha vcto", "fec vcto", "vcto", "vcmto", "net due date",
        "net due dt", "net due", "due date utc", "date due", "fecha vencimiento neto", "f vencto", "fecha de vence",
        "fecha limite pago", "fecha pago oportuno", "pago oportuno", "fecha de pago oportuno", "vencido desde",
        "fecha incumplimiento", "fecha de incumplimiento", "fecha primer incumplimiento", "fecha primer impago",
        "fecha impago", "fecha de impago", "fecha mora", "fecha de mora", "inicio de mora", "fecha inicio mora",
        "fecha de inicio de mora", "default date", "delinquency date", "date of delinquency", "date of default",
        "pagar antes de")),
    Field("settled_on", Sort.DAY, msg("Fecha de liquidación"), (
        "fecha liquidacion", "fecha de liquidacion", "fecha pago", "fecha de pago", "fecha de cobro",
        "liquidado el", "pagado el", "settled date", "settled on", "settlement date", "paid date", "payment date",
        "clear date", "clearing date", "date paid")),
    Field("status", Sort.TEXT, msg("Situación"), (
        "estado factura", "estado de factura", "estado de la factura", "estado documento", "estado del documento",
        "estatus", "estatus factura", "status", "invoice status", "payment status", "situacion", "estado pago",
        "estado de pago", "estado cobro", "estado de cobro", "estado cuenta", "status factura",
        "payment state", "state of payment", "estado de la cuenta", "estado documento cobro")),
    Field("status_2", Sort.TEXT, msg("Otra situación"), ("otra situacion",)),
    Field("document_type", Sort.TEXT, msg("Tipo de documento"), (
        "tipo doc", "tipo documento", "tipo de documento", "tipo comprobante", "tipo de comprobante", "clase documento",
        "clase de documento", "clase doc", "document type", "doc type", "invoice type", "tipo",
        "cl doc", "clase", "type", "transaction type", "tipo de transaccion", "tipo transaccion", "tipo movimiento",
        "txn type")),
    Field("currency", Sort.TEXT, msg("Moneda"), (
        "moneda", "divisa", "currency", "invoice currency", "cur", "tipo moneda", "tipo de moneda",
        "currency code",
        "mon", "moneda doc", "moneda documento", "moneda del documento", "doc curr", "curr", "crcy",
        "divisa documento",
        "cod divisa", "codigo divisa", "cod moneda", "codigo moneda", "codigo de moneda", "clave moneda",
        "cod de moneda")),
    Field("balance", Sort.AMOUNT, msg("Saldo pendiente"), (
        "saldo", "saldo pendiente", "importe pendiente", "monto pendiente", "pendiente", "saldo actual",
        "saldo vencido", "saldo insoluto", "saldo deudor", "adeudo", "deuda", "monto adeudado", "importe adeudado",
        "por cobrar", "balance", "open amount", "outstanding", "outstanding amount", "amount due", "balance due",
        "total open amount", "open balance", "remaining amount", "deuda total", "total adeudado",
        "valor pendiente",
        "pdte", "importe pdte", "pendiente de cobro", "pendiente cobro", "importe pendiente de cobro",
        "saldo por cobrar", "saldo cliente", "saldo documento", "saldo factura", "saldo cartera", "saldo total",
        "saldo a la fecha", "saldo por pagar", "por pagar", "valor saldo", "monto por cobrar",
        "importe adeudado con signo", "importe adeudado firmado", "amount due signed", "invoice amount due",
        "amount remaining", "amount open", "residual", "amount residual", "due amount", "unpaid amount",
        "a r balance", "ar balance", "outstanding balance",
        "total a pagar", "valor a pagar", "importe a pagar", "monto a pagar", "a pagar", "importe vto",
        "importe vencimiento", "importe vencido", "importe del vencimiento", "monto vencido", "valor vencido",
        "past due amount", "current balance", "account balance", "total due", "amount owed", "total balance",
        "saldo exigible", "saldo en mora", "saldo vigente", "saldo a cobrar")),
    Field("original", Sort.AMOUNT, msg("Importe original"), (
        "importe", "monto", "importe original", "monto original", "importe factura", "monto factura",
        "importe total", "monto total", "total", "total factura", "valor", "valor factura", "invoice amount",
        "amount", "original amount", "invoice total", "gross amount", "total amount",
        "importe en ml", "importe en moneda local", "importe en md", "importe en moneda doc",
        "importe en moneda del documento", "importe en moneda de documento", "amount in local currency",
        "amt in loc cur", "amount in lc", "amount in doc curr", "amount in document currency", "total signed",
        "total con signo", "amount gross", "neto total", "importe documento", "valor total", "valor documento",
        "prima total", "prima", "prima pendiente", "colegiatura", "mensualidad", "original balance",
        "charge off amount", "cargo total", "importe bruto")),
    Field("paid", Sort.AMOUNT, msg("Abonado"), (
        "abonado", "abono", "abonos", "pagado", "monto pagado", "importe pagado", "paid", "paid amount",
        "amount paid",
        "cobrado", "importe cobrado", "total pagado", "total abonado", "invoice amount paid", "amount received",
        "pagos")),
    Field("principal", Sort.AMOUNT, msg("Capital"), (
        "capital", "principal", "saldo capital", "capital insoluto")),
    Field("interest", Sort.AMOUNT, msg("Intereses moratorios"), (
        "interes", "intereses", "interes moratorio", "intereses moratorios", "moratorios", "recargos", "interest",
        "default interest", "late interest")),
    Field("cost", Sort.AMOUNT, msg("Gastos"), (
        "protestos", "protesto", "gastos", "gastos de cobranza", "costs", "costas")),
    Field("fee", Sort.AMOUNT, msg("Comisiones"), (
        "honorarios", "comision", "comisiones", "cargos", "fee", "fees")),
    Field("disputed", Sort.YES_NO, msg("En aclaración"), (
        "disputed", "dispute", "en disputa", "disputa", "en aclaracion", "aclaracion", "reclamada", "reclamo",
        "litigio")),
    Field("concept", Sort.TEXT, msg("Concepto"), (
        "concepto", "descripcion", "description", "detalle", "observacion", "observaciones", "notas", "producto",
        "product", "servicio", "glosa", "obs", "comentarios", "notes")),
    Field("phone", Sort.TEXT, msg("Teléfono"), (
        "telefono", "tel", "tel 1", "telefono 1", "celular", "movil", "telefono celular", "telefono movil", "fono",
        "whatsapp", "phone", "phone number", "mobile", "cell", "telephone", "phone 1",
        "telefono cliente", "telefono deudor", "customer phone", "billing phone", "telefono contacto", "phone no",
        "contact phone",
        "home phone", "cell phone", "mobile phone", "celular 1", "movil 1", "telefono principal",
        "telefono nuevo", "nuevo telefono", "celular nuevo", "nuevo celular", "new phone")),
    Field("phone_2", Sort.TEXT, msg("Otro teléfono"), (
        "tel 2", "telefono 2", "otro telefono", "telefono casa", "telefono oficina", "telefono fijo", "phone 2",
        "alt phone", "work phone",
        "celular 2", "movil 2", "telefono alterno", "telefono trabajo", "telefono de casa", "telefono de trabajo",
        "other phone", "phone2")),
    Field("email", Sort.TEXT, msg("Correo"), (
        "correo", "correo electronico", "email", "e mail", "mail", "email address", "correo 1", "email 1",
        "customer email", "email cliente", "correo cliente", "correo del cliente", "correo deudor", "email deudor",
        "billing email", "email contacto", "correo nuevo", "nuevo correo", "email nuevo", "nuevo email", "new email")),
    Field("email_2", Sort.TEXT, msg("Otro correo"), (
        "correo 2", "email 2", "otro correo", "correo alterno")),
    Field("contact_name", Sort.TEXT, msg("Nombre del contacto"), (
        "contacto", "nombre contacto", "nombre del contacto", "contact", "contact name", "atencion", "attn")),
    Field("address", Sort.TEXT, msg("Domicilio"), (
        "direccion", "domicilio", "calle", "calle y numero", "address", "street", "street address",
        "address line 1",
        "direccion cliente", "po address line1", "billing address", "billing street", "direccion fiscal",
        "domicilio fiscal",
        "address1", "address 1", "direccion 1", "direccion residencia", "street 1")),
    Field("street_number", Sort.TEXT, msg("Número exterior"), (
        "numero exterior", "no exterior", "num exterior", "no ext", "num ext", "n ext", "numero ext", "no casa",
        "numero de casa", "street number", "house number")),
    Field("unit", Sort.TEXT, msg("Número interior, piso o puerta"), (
        "numero interior", "no interior", "num interior", "no int", "num int", "numero int", "interior", "piso",
        "puerta", "piso puerta", "apartamento", "apto", "depto", "address line 2", "address 2", "address2",
        "direccion 2", "complemento", "apt", "unit", "suite", "street 2")),
    Field("district", Sort.TEXT, msg("Colonia o barrio"), (
        "colonia", "col", "barrio", "fraccionamiento", "urbanizacion", "district", "neighborhood", "vereda")),
    Field("city", Sort.TEXT, msg("Ciudad"), (
        "ciudad", "municipio", "poblacion", "localidad", "comuna", "city", "town", "delegacion", "alcaldia",
        "po city", "billing city", "ciudad cliente")),
    Field("region", Sort.TEXT, msg("Estado o provincia"), (
        "estado", "provincia", "departamento", "entidad", "entidad federativa", "state", "region", "province",
        "po region", "billing state")),
    Field("postal_code", Sort.TEXT, msg("Código postal"), (
        "codigo postal", "cp", "c p", "zip", "zip code", "postal code", "postcode",
        "po postal code", "billing code", "billing zip", "cod postal", "c postal")),
    Field("country", Sort.TEXT, msg("País"), (
        "pais", "country", "country code", "pais deudor",
        "po country", "billing country")),
    Field("birth_date", Sort.DAY, msg("Fecha de nacimiento"), (
        "fecha nacimiento", "fecha de nacimiento", "nacimiento", "f nacimiento", "fec nacimiento", "fec nac",
        "nacido el", "birth date", "date of birth", "birthday", "dob", "born on",
        "fecha nac", "fec de nacimiento")),
    Field("birth_year", Sort.TEXT, msg("Año de nacimiento"), (
        "ano nacimiento", "ano de nacimiento", "birth year", "year of birth")),
    Field("uuid", Sort.TEXT, msg("Folio fiscal (UUID)"), ("uuid", "folio fiscal", "uuid cfdi", "cufe")),
    Field("bank_account", Sort.TEXT, msg("Cuenta bancaria (IBAN o CLABE)"), (
        "iban", "clabe", "clabe interbancaria", "cuenta clabe", "cuenta iban", "cuenta bancaria", "no cuenta bancaria",
        "numero de cuenta bancaria", "iban deudor", "clabe deudor", "bank account", "bank account number",
        "iban number")),
    Field("seller", Sort.TEXT, msg("Identificación de quien emite"), ()),
)  # fmt: skip

_MAINTENANCE = (
    Field("language", Sort.TEXT, msg("Idioma"), ("idioma", "lengua", "language", "locale", "lang")),
    Field("movement", Sort.TEXT, msg("Alta o baja"), (
        "movimiento", "tipo de movimiento", "tipo movimiento", "accion", "alta baja", "alta o baja", "baja",
        "estatus telefono", "estado telefono", "action", "change type", "operation")),
    Field("retire_phone", Sort.TEXT, msg("Teléfono que ya no sirve"), (
        "telefono baja", "baja telefono", "telefono de baja", "telefono a retirar", "telefono anterior",
        "telefono incorrecto", "retire phone", "old phone", "remove phone", "phone to remove", "wrong phone")),
    Field("retire_email", Sort.TEXT, msg("Correo que ya no sirve"), (
        "correo baja", "baja correo", "correo de baja", "correo a retirar", "correo anterior", "correo incorrecto",
        "retire email", "old email", "remove email", "email to remove", "wrong email")),
)  # fmt: skip


_FINANCIAL = (
    Field("entry_type", Sort.TEXT, msg("Tipo de movimiento"), (
        "tipo", "tipo movimiento", "tipo de movimiento", "movimiento", "operacion", "tipo operacion", "clase",
        "tipo de operacion", "type", "transaction type", "movement", "entry type", "transaction")),
    Field("amount", Sort.AMOUNT, msg("Importe del movimiento"), (
        "importe", "monto", "importe pago", "monto pago", "importe pagado", "monto pagado", "importe del pago",
        "monto del pago", "importe movimiento", "pago", "pagado", "cobro", "valor", "total", "amount",
        "payment amount", "amount paid", "paid", "transaction amount")),
    Field("credited", Sort.AMOUNT, msg("Abono"), (
        "abono", "abonos", "abonado", "haber", "credito", "creditos", "credit", "credits", "importe abono")),
    Field("charged", Sort.AMOUNT, msg("Cargo"), (
        "cargo", "cargos", "debe", "debito", "debitos", "debit", "debits", "charge", "charges", "importe cargo")),
    Field("paid_on", Sort.DAY, msg("Fecha del movimiento"), (
        "fecha pago", "fecha de pago", "fecha valor", "fecha movimiento", "fecha de movimiento", "fecha", "f pago",
        "fecha operacion", "fecha abono", "fecha de abono", "fecha aplicacion", "fecha deposito", "fecha cobro",
        "fec pago", "value date", "payment date", "paid on", "date", "date paid", "posting date",
        "transaction date")),
    Field("component", Sort.TEXT, msg("A qué parte del adeudo"), (
        "componente", "rubro", "concepto de cargo", "parte", "component", "bucket")),
    Field("payment_id", Sort.TEXT, msg("Identificador del movimiento"), (
        "id pago", "id de pago", "no pago", "folio pago", "folio de pago", "recibo", "no recibo", "numero de recibo",
        "referencia bancaria", "referencia pago", "referencia de pago", "id movimiento", "no movimiento", "rastreo",
        "clave de rastreo", "autorizacion", "no autorizacion", "payment id", "payment reference", "transaction id",
        "receipt", "receipt number")),
    Field("note", Sort.TEXT, msg("Nota"), (
        "nota", "notas", "comentario", "comentarios", "observacion", "observaciones", "note", "notes", "memo",
        "comments")),
)  # fmt: skip
_RECALL = (
    Field("case_number", Sort.TEXT, msg("Número de caso"), (
        "caso", "no caso", "numero de caso", "numero caso", "expediente", "case", "case number", "case no")),
    Field("reason", Sort.TEXT, msg("Motivo"), (
        "motivo", "causa", "razon", "motivo retiro", "motivo de retiro", "motivo de baja", "motivo de devolucion",
        "reason", "recall reason", "return reason")),
)  # fmt: skip


_CONSENT = (
    Field("channel", Sort.TEXT, msg("Canal"), (
        "canal", "medio", "medio de contacto", "canal de contacto", "tipo de contacto", "channel", "contact channel",
        "medium")),
    Field("contact_value", Sort.TEXT, msg("Teléfono o correo"), (
        "dato de contacto", "dato", "contacto", "telefono o correo", "valor", "destino", "contact", "contact value",
        "contact point", "value", "destination")),
    Field("consent", Sort.TEXT, msg("Consentimiento"), (
        "consentimiento", "consiente", "autoriza", "autorizacion", "autorizado", "acepta", "aceptacion", "permiso",
        "estatus",
        "estado consentimiento", "estatus consentimiento", "consent", "consent status", "permission", "opt in",
        "status", "opted in")),
    Field("consented_on", Sort.DAY, msg("Fecha del consentimiento"), (
        "fecha", "fecha consentimiento", "fecha de consentimiento", "fecha autorizacion", "fecha de autorizacion",
        "fecha revocacion", "desde", "consent date", "date", "consented on", "since", "revoked on", "updated at")),
    Field("evidence", Sort.TEXT, msg("Evidencia"), (
        "evidencia", "prueba", "soporte", "fuente", "origen", "grabacion", "folio evidencia", "referencia evidencia",
        "evidence", "proof", "source", "recording")),
)  # fmt: skip


_DOCUMENTS = (
    Field("file_name", Sort.TEXT, msg("Archivo"), ()),
    Field("document_date", Sort.TEXT, msg("Fecha del documento"), ()),
)


def _some(names: str) -> dict[str, Field]:
    """Fields that mean the same as in a placement."""
    return {field.name: field for field in _PLACEMENT if field.name in names.split()}


# The fields of each kind of file, by name. A name means the same in every kind that has it.
FIELDS_OF: Mapping[str, Mapping[str, Field]] = {
    "placement": {field.name: field for field in _PLACEMENT},
    "maintenance": {
        **_some(
            "reference series customer_ref debtor_name tax_id due_on concept phone phone_2 email email_2 contact_name"
            " address city region postal_code country birth_date birth_year"
        ),
        **{field.name: field for field in _MAINTENANCE},
    },
    "documents": {
        **{field.name: field for field in _DOCUMENTS},
        **_some("reference document_type"),
    },
    "consent": {
        **_some("reference series customer_ref tax_id phone email address city region postal_code country"),
        **{field.name: field for field in _CONSENT},
    },
    "financial": {
        **_some("reference series instalment uuid customer_ref tax_id currency"),
        **{field.name: field for field in _FINANCIAL},
    },
    "recall": {
        **_some("reference series instalment uuid customer_ref tax_id"),
        **{field.name: field for field in _RECALL},
        "note": _FINANCIAL[-1],
    },
}
FIELDS: Mapping[str, Field] = {name: field for fields in FIELDS_OF.values() for name, field in fields.items()}

# Headings that mean a field only where no other column is one of some: alone a number is mostly that of the invoice,
# and whom one writes to owes.
VAGUE: Mapping[str, tuple[str, frozenset[str]]] = {
    **dict.fromkeys(
        ("num", "no", "nro", "number", "numero", "comprobante", "doc", "id factura", "recibo"),
        ("reference", frozenset({"reference"})),
    ),
    **dict.fromkeys(
        ("asegurado", "alumno", "estudiante", "paciente", "patient", "student"),
        ("debtor_name", frozenset({"debtor_name", "surname"})),
    ),
    **dict.fromkeys(
        ("contact name", "contact", "contacto", "nombre contacto"),
        ("debtor_name", frozenset({"debtor_name", "surname", "customer_ref", "tax_id"})),
    ),
}

# Headings of the trade that say something we work out ourselves, or that speak of the creditor.
IGNORED = frozenset(
    {
        "dias mora", "dias de mora", "dias atraso", "dias de atraso", "days late", "days to settle", "days past due",
        "antiguedad", "dias", "dias vencidos", "days overdue", "aging", "rut cliente",
        "dv", "digito verificacion", "digito de verificacion", "digito verificador",
        "nit cliente", "rfc emisor", "nombre emisor", "paperless date", "paperless bill",
    }
)  # fmt: skip

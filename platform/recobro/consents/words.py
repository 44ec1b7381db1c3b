"""The ledger of consent in words."""

from collections.abc import Mapping

from kernel.text import msg
from legal.rules.facts import Agreed, Channel

CHANNELS: Mapping[str, str] = {
    "phone": msg("Llamadas"),
    "sms": msg("SMS"),
    "whatsapp": msg("WhatsApp"),
    "email": msg("Correo"),
    "letter": msg("Cartas"),
    "certified_letter": msg("Cartas certificadas"),
    "visit": msg("Visitas"),
    "social": msg("Redes sociales"),
}
# Those that an act offers, in the order of a form.
OFFERED = (
    Channel.PHONE, Channel.SMS, Channel.WHATSAPP, Channel.EMAIL, Channel.LETTER, Channel.CERTIFIED_LETTER,
    Channel.VISIT,
)  # fmt: skip
SCOPES: Mapping[str, str] = {
    Agreed.CHANNEL.value: msg("Contactarle por ese canal"),
    Agreed.HOURS.value: msg("Contactarle fuera del horario usual"),
    Agreed.MORE_CALLS.value: msg("Llamarle más veces"),
    Agreed.WORKPLACE.value: msg("Contactarle en su trabajo"),
    Agreed.THIRD_PERSONS.value: msg("Hablar de su deuda con otra persona"),
    Agreed.PRERECORDED.value: msg("Usar voz grabada o mensajes automáticos"),
    Agreed.REPRESENTED.value: msg("Tratar con la persona aunque tenga abogado"),
}
HOWS: Mapping[str, str] = {
    "call": msg("Por teléfono"),
    "email": msg("Por correo"),
    "letter": msg("Por carta"),
    "visit": msg("En persona"),
    "client": msg("Lo informó el cliente"),
    "page": msg("En su página"),
    "link": msg("Con el enlace de un mensaje"),
    "merge": msg("Al unir dos deudores"),
}
# How staff may have heard it.
HEARD = ("call", "email", "letter", "visit", "client")
DAYS: Mapping[str, str] = {
    "mon": msg("lunes"),
    "tue": msg("martes"),
    "wed": msg("miércoles"),
    "thu": msg("jueves"),
    "fri": msg("viernes"),
    "sat": msg("sábado"),
    "sun": msg("domingo"),
}
# The acts of the page: what its button says, what its form is headed with, its icon.
ACTS: Mapping[str, tuple[str, str, str]] = {
    "grant": (msg("Consentimiento"), msg("Anotar un consentimiento"), "circle-check"),
    "stop": (msg("Baja o retiro"), msg("Anotar una baja o el retiro de un consentimiento"), "ban"),
    "inconvenient": (
        msg("Momento o lugar que no le conviene"), msg("Anotar un momento, lugar o medio que no le conviene"),
        "clock-pause",
    ),
    "lawyer": (msg("Abogado"), msg("Anotar al abogado del deudor"), "gavel"),
    "employer": (msg("Empleador"), msg("Anotar que su empleador prohíbe las llamadas"), "briefcase"),
}  # fmt: skip
ICONS: Mapping[str, str] = {
    "stop": "ban",
    "resume": "circle-check",
    "asked": "message-circle",
    "grant": "circle-check",
    "withdraw": "circle-x",
    "inconvenient": "clock-pause",
    "lawyer": "gavel",
    "employer": "briefcase",
    "ended": "history",
    "taken_back": "history",
}
TITLES: Mapping[str, str] = {
    "stop": msg("Baja: {channel}"),
    "stop_all": msg("Pidió que no se le contacte por ningún medio"),
    "cease": msg("Pidió por escrito que cese todo contacto"),
    "resume": msg("Vuelve a aceptar: {channel}"),
    "resume_all": msg("Vuelve a aceptar que se le contacte"),
    "asked": msg("Pidió información por: {channel}"),
    "grant": msg("Consiente: {scope} ({channel})"),
    "withdraw": msg("Retira su consentimiento: {scope} ({channel})"),
    "inconvenient": msg("No le conviene: {what}"),
    "lawyer": msg("Tiene abogado: {name}"),
    "employer": msg("Su empleador prohíbe las llamadas al trabajo"),
    "ended": msg("Dejó de valer: {what}"),
    "taken_back": msg("Lo que el cliente informó de este dato se tomó de vuelta"),
}
ANY_CHANNEL = msg("cualquier canal")

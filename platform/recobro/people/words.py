"""Permissions in words, by the part of the work they belong to."""

from collections.abc import Mapping, Sequence

from kernel.text import msg
from tenants.roles import Permission

P = Permission
PERMISSIONS: Mapping[str, Sequence[tuple[Permission, str]]] = {
    msg("Trabajo"): (
        (P.WORK_QUEUE, msg("Trabajar la cola")),
        (P.SEE_CASES, msg("Ver casos")),
        (P.SEE_NOTES, msg("Leer notas privadas")),
        (P.ASSIGN_CASES, msg("Asignar casos")),
        (P.HOLD_CASES, msg("Pausar casos y abrir aclaraciones")),
        (P.CLOSE_CASES, msg("Cerrar y reabrir casos")),
        (P.RECORD_CALLS, msg("Registrar llamadas")),
        (P.MAKE_PROMISES, msg("Registrar promesas")),
    ),
    msg("Cartera"): (
        (P.SEE_PLACEMENTS, msg("Ver cargas")),
        (P.UPLOAD_PLACEMENTS, msg("Subir carteras")),
        (P.SEE_NOTICES, msg("Ver avisos y decisiones")),
        (P.PRINT_NOTICES, msg("Imprimir cartas")),
        (P.SEE_STRATEGIES, msg("Ver estrategias")),
        (P.OVERRIDE_POLICY, msg("Pasar por alto una política, con motivo")),
        (P.SEE_AGREEMENTS, msg("Ver promesas y convenios")),
        (P.OFFER_AGREEMENTS, msg("Ofrecer convenios")),
        (P.APPROVE_AGREEMENTS, msg("Autorizar convenios fuera de límites")),
    ),
    msg("Jurídico"): (
        (P.HAND_OFF, msg("Pasar casos a jurídico")),
        (P.SEE_MATTERS, msg("Ver asuntos")),
        (P.WORK_MATTERS, msg("Trabajar asuntos")),
        (P.SEE_COUNSEL_DESK, msg("Mesa del abogado externo")),
    ),
    msg("Finanzas"): (
        (P.SEE_PAYMENTS, msg("Ver pagos")),
        (P.RECORD_PAYMENTS, msg("Registrar pagos")),
        (P.REVERSE_PAYMENTS, msg("Revertir pagos")),
        (P.SEE_COMMISSIONS, msg("Ver honorarios")),
        (P.SEE_REMITTANCES, msg("Ver remesas")),
        (P.CLOSE_REMITTANCES, msg("Cerrar remesas")),
        (P.SEE_LEDGER, msg("Ver el libro")),
        (P.EXPORT, msg("Descargar listas")),
    ),
    msg("Portal del cliente"): (
        (P.SEE_PORTAL, msg("Ver lo suyo en el portal")),
        (P.PAUSE_OWN_CASES, msg("Pedir pausas de sus casos")),
        (P.EXPORT_OWN, msg("Descargar sus listas")),
        (P.MANAGE_CLIENT_PEOPLE, msg("Administrar a su gente")),
    ),
    msg("Ajustes"): (
        (P.SEE_CLIENTS, msg("Ver clientes")),
        (P.MANAGE_CLIENTS, msg("Administrar clientes y contratos")),
        (P.MANAGE_PEOPLE, msg("Administrar personas")),
        (P.SEE_ROLES, msg("Ver papeles y permisos")),
        (P.MANAGE_AGENCY, msg("Cambiar los datos de la agencia")),
        (P.SEE_LAW, msg("Leer las reglas")),
        (P.SEE_AUDIT, msg("Ver y comprobar la auditoría")),
        (P.OWN_ACCOUNT, msg("Su propia cuenta")),
    ),
    msg("Página del deudor"): (
        (P.SEE_DEBTOR_PAGE, msg("Ver su propio caso")),
        (P.ACT_AS_DEBTOR, msg("Pagar, acordar, aclarar")),
    ),
}
OPERATORS = frozenset({P.SEE_PLATFORM, P.MANAGE_PLATFORM})

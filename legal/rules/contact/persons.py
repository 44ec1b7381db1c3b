"""To whom, and whether at all: third persons, flags that stop work, proof of the debt."""

from datetime import datetime
from functools import lru_cache

from kernel.text import msg
from legal.rules.contact.asked import Asked, failed, missing, passed, warned
from legal.rules.decision import Outcome
from legal.rules.facts import Agreed, Flag, Purpose
from legal.rules.packs.kinds import Effect, NoPack, ProofOfDebt, StopOnFlag, WhoMayBeContacted
from legal.rules.packs.schema import Rule

_FLAG_SENTENCES = {
    Flag.HOLD: msg("El caso está en pausa."),
    Flag.DISPUTE: msg("El deudor abrió una aclaración; hasta resolverla no se cobra."),
    Flag.COMPLAINT: msg("Hay una queja abierta; hasta responderla no se cobra."),
    Flag.HARDSHIP: msg("El deudor está en dificultad: solo propuestas que pueda cumplir, sin presión."),
    Flag.REPRESENTED: msg("Al deudor lo representa un abogado: se trata con su abogado."),
    Flag.DECEASED: msg("El deudor falleció: se trata con la sucesión."),
    Flag.INSOLVENT: msg("El deudor está en concurso o insolvencia: no se cobra fuera de ese procedimiento."),
    Flag.MINOR: msg("La persona es menor de edad: no se le cobra."),
    Flag.BREATHING_SPACE: msg("El deudor está en una moratoria legal: no se le cobra hasta que termine."),
    Flag.PLEADS_BARRED: msg("El deudor dijo que no pagará porque la deuda prescribió: no se le insiste."),
    Flag.IDENTITY_THEFT: msg("El deudor denunció suplantación de identidad; hasta aclararlo no se cobra."),
}


def target(rule: Rule, who: WhoMayBeContacted, asked: Asked) -> Outcome:
    """Only the persons the rule names; some of them only to find the debtor, telling nothing."""
    person, purpose = asked.action.target, asked.action.purpose
    if person is None:
        return missing(rule, "target")
    if person in who.allow:
        return passed(rule, msg("Se puede tratar con: {target}."), target=person)
    if who.consent and asked.consent(Agreed.THIRD_PERSONS):
        return warned(
            rule, "third_person_agreed", msg("La persona consintió que se hable con: {target}."), target=person
        )
    if person in who.locate:
        if purpose == Purpose.LOCATE:
            sentence = msg("A {target} solo se le pregunta por el deudor, sin revelar la deuda.")
            return warned(rule, "locate_only", sentence, target=person, purpose=purpose)
        sentence = msg("Con {target} no se habla de la deuda; solo se puede preguntar por el deudor.")
        return failed(rule, "locate_only", sentence, target=person, purpose=purpose)
    return failed(rule, "third_party", msg("No se contacta a {target}: es ajeno a la deuda."), target=person)


def flag(rule: Rule, stop: StopOnFlag, asked: Asked) -> Outcome:
    """A raised flag stops the contact until it ends or is taken down, but for some purposes and persons."""
    if not asked.facts.flags:
        return _unflagged(rule, stop.flag)
    raised = [
        item for item in asked.facts.flags if item.kind == stop.flag and (item.until is None or item.until > asked.at)
    ]
    if not raised:
        return _unflagged(rule, stop.flag)
    action = asked.action
    inputs: dict[str, object] = {"flag": stop.flag, "raised": True, "purpose": action.purpose, "target": action.target}
    if action.purpose in stop.allow_purposes or action.target in stop.allow_targets:
        sentence = msg("Hay un impedimento para cobrar que no alcanza a este contacto.")
        return warned(rule, f"{stop.flag}_respected", sentence, **inputs)
    sentence, code = _FLAG_SENTENCES[stop.flag], str(stop.flag)
    if stop.flag is Flag.DISPUTE:
        inputs["debt_proof"] = asked.facts.debt_proof
        code = "dispute_hold" if asked.facts.debt_proof else "disputed_no_evidence"
    if stop.effect is Effect.WARN:
        return warned(rule, code, sentence, **inputs)
    ends: list[datetime] = [item.until for item in raised if item.until is not None]
    return failed(rule, code, sentence, max(ends) if len(ends) == len(raised) else None, **inputs)


@lru_cache
def _unflagged(rule: Rule, flag: Flag) -> Outcome:
    return passed(rule, msg("No hay nada que lo impida."), flag=flag, raised=False)


def proof_of_debt(rule: Rule, _: ProofOfDebt, asked: Asked) -> Outcome:
    """The creditor has said that it holds reliable proof of the debt."""
    if asked.facts.debt_proof is None:
        return missing(rule, "debt_proof")
    if asked.facts.debt_proof:
        return passed(rule, msg("El acreedor tiene la prueba del adeudo."), debt_proof=True)
    return failed(
        rule, "no_proof_of_debt", msg("Antes de contactar hay que tener la prueba del adeudo."), debt_proof=False
    )


def no_pack(rule: Rule, _: NoPack, asked: Asked) -> Outcome:
    """Where no law is loaded, nothing is sent."""
    country = asked.facts.country
    return failed(rule, "no_pack", msg("No hay reglas cargadas para {country}: no se contacta."), country=country)

"""JSON that carries its signature: a JWS (RFC 7515, ES256 or PS256) with detached payload, over canonical bytes.

The payload is everything but the member `signature`, written as RFC 8785 says; the file is written so as a whole, so
that one changed byte anywhere is noticed. The certificates travel in the JWS header `x5c`.
"""

import base64
import json
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from kernel.problems import Invalid
from kernel.text import msg
from recobro.adapters.signing import SigningKey

MOST_BYTES = 64 * 1024 * 1024
_HALF = 32
_PSS = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=hashes.SHA256.digest_size)


class SignatureRefused(Invalid):
    """A signature is missing, does not hold, or the file is not as it was signed."""

    code = "signing.signature_refused"


@dataclass(frozen=True)
class SignedJson:
    """What a signed file says, without its signature, and the certificate that signed it."""

    content: Mapping[str, Any]
    certificate: x509.Certificate


def canonical(value: Any) -> bytes:
    """A JSON value as RFC 8785 writes it: one form only. Numbers are whole; a float is refused (TypeError)."""
    return _written(value).encode()


def sign(content: Mapping[str, Any], key: SigningKey) -> bytes:
    """A file of these members and `signature`; the same content and P-256 key give the same bytes."""
    chain = [base64.b64encode(one.public_bytes(serialization.Encoding.DER)).decode()
             for one in (key.certificate, *key.above)]  # fmt: skip
    algorithm = "ES256" if isinstance(key.private, ec.EllipticCurvePrivateKey) else "PS256"
    protected = _text(canonical({"alg": algorithm, "x5c": chain}))
    signed = f"{protected}.{_text(canonical(content))}".encode()
    if isinstance(key.private, ec.EllipticCurvePrivateKey):
        told = key.private.sign(signed, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))
        r, s = decode_dss_signature(told)
        raw = r.to_bytes(_HALF, "big") + s.to_bytes(_HALF, "big")
    else:
        raw = key.private.sign(signed, _PSS, hashes.SHA256())
    return canonical({**content, "signature": {"protected": protected, "signature": _text(raw)}})


def read(data: bytes) -> SignedJson:
    """What a signed file says, when its signature holds; SignatureRefused otherwise. Whose certificate that is says
    nothing yet: anybody can make one."""
    if len(data) > MOST_BYTES:
        raise SignatureRefused(msg("El archivo es demasiado grande para ser un acuse."))
    try:
        told = json.loads(data)
        if not isinstance(told, dict) or "signature" not in told:
            raise SignatureRefused(msg("El archivo no trae firma."))
        if canonical(told) != data:
            raise SignatureRefused(
                msg("El archivo cambió: sus bytes no son los que se firmaron. Pide el original o descárgalo de nuevo.")
            )
        content = {name: value for name, value in told.items() if name != "signature"}
        certificate = _checked(content, told["signature"])
    except (ValueError, TypeError, KeyError, RecursionError, UnicodeError, UnsupportedAlgorithm) as error:
        raise SignatureRefused(msg("El archivo no es un acuse, o está dañado.")) from error
    except InvalidSignature as error:
        raise SignatureRefused(
            msg("La firma no corresponde al contenido: el archivo cambió después de firmarse.")
        ) from error
    return SignedJson(content, certificate)


def opened(der: bytes) -> x509.Certificate:
    """A certificate; ValueError when it is not written as RFC 5280 says."""
    with warnings.catch_warnings(action="error"):
        try:
            return x509.load_der_x509_certificate(der)
        except UserWarning as error:
            raise ValueError(str(error)) from error


def _checked(content: Mapping[str, Any], signature: Mapping[str, str]) -> x509.Certificate:
    header = json.loads(_bytes(signature["protected"]))
    certificate = opened(base64.b64decode(header["x5c"][0], validate=True))
    signed = f"{signature['protected']}.{_text(canonical(content))}".encode()
    raw, key = _bytes(signature["signature"]), certificate.public_key()
    if header["alg"] == "ES256" and isinstance(key, ec.EllipticCurvePublicKey) and len(raw) == 2 * _HALF:
        halves = int.from_bytes(raw[:_HALF], "big"), int.from_bytes(raw[_HALF:], "big")
        key.verify(encode_dss_signature(*halves), signed, ec.ECDSA(hashes.SHA256()))
    elif header["alg"] == "PS256" and isinstance(key, rsa.RSAPublicKey):
        key.verify(raw, signed, _PSS, hashes.SHA256())
    else:
        raise InvalidSignature
    return certificate


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    """Base64url in its one form: the spare bits of the last letter are no place to change something unseen."""
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if _text(data) != text:
        raise ValueError("not canonical base64url")
    return data


def _written(value: Any) -> str:
    if isinstance(value, dict):
        # RFC 8785 3.2.3: names in the order of their UTF-16 units.
        names = sorted(value, key=lambda name: name.encode("utf-16-be"))
        return "{" + ",".join(f"{_written(str(name))}:{_written(value[name])}" for name in names) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(_written(one) for one in value) + "]"
    if value is None or isinstance(value, str | bool | int):
        return json.dumps(value, ensure_ascii=False)
    raise TypeError(f"{type(value).__name__} has no place in a signed file")

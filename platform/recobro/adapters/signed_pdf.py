"""PDFs that carry their signature: PAdES B-B (ETSI EN 319 142-1) by pyHanko, invisible, over the whole file.

The signature is appended, the document before it stays byte for byte as it was; a JSON file may go inside.
"""

import hashlib
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any

import pikepdf
from asn1crypto import cms, keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pyhanko.pdf_utils.generic import ByteStringObject
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import fields, signers
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

from kernel.text import msg
from recobro.adapters.signed_json import MOST_BYTES, SignatureRefused, opened
from recobro.adapters.signing import SigningKey

FIELD = "Firma"


@dataclass(frozen=True)
class SignedPdf:
    """Who signed a file whose signature holds, the reason it gives, and the JSON inside it, if any."""

    certificate: x509.Certificate
    reason: str
    inside: bytes | None


class _Signer(signers.SimpleSigner):
    """Signs with a nonce that follows from the message (RFC 6979), so that the same document is the same bytes."""

    def __init__(self, key: SigningKey) -> None:
        self._private = key.private
        store = SimpleCertificateStore()  # type: ignore[no-untyped-call]
        store.register_multiple([_asn1(one) for one in key.above])
        private = key.private.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        super().__init__(
            signing_cert=_asn1(key.certificate), signing_key=keys.PrivateKeyInfo.load(private), cert_registry=store
        )

    def sign_raw(self, data: bytes, digest_algorithm: str) -> bytes:
        """The raw signature; only ECDSA has a nonce."""
        if isinstance(self._private, ec.EllipticCurvePrivateKey):
            return self._private.sign(data, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))
        return super().sign_raw(data, digest_algorithm)


class _AtTime(signers.PdfSigner):
    """Signs as of a time that it is told."""

    def __init__(self, at: datetime, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self._at = at

    def init_signing_session(self, *arguments: Any, **more: Any) -> Any:
        """The session, at our time."""
        session = super().init_signing_session(*arguments, **more)
        session.system_time = self._at
        return session


class _Revision(IncrementalPdfFileWriter):
    """What is appended to a document, with nothing in it that changes from one signing to the next."""

    def be_known_by(self, name: bytes) -> None:
        """The second half of the file's name, which is else made at random."""
        self._document_id[1] = ByteStringObject(name)

    def _update_meta(self) -> None:
        """Leave the day of the last change alone: the signature has its own."""


def put_inside(data: bytes, *, name: str, content: bytes) -> bytes:
    """A PDF with a JSON file attached (ISO 32000-1, 7.11.4); the same again is the same bytes."""
    with pikepdf.open(BytesIO(data)) as document:
        spec = pikepdf.AttachedFileSpec(
            document, content, filename=name, description=name, mime_type="application/json", creation_date="",
            mod_date="",
        )  # fmt: skip
        document.attachments[name] = spec
        out = BytesIO()
        document.save(out, deterministic_id=True)
        return out.getvalue()


def sign(data: bytes, key: SigningKey, *, reason: str, at: datetime) -> bytes:
    """The document with a signature over all of it, giving a reason, as of an instant (UTC)."""
    document = _Revision(BytesIO(data))
    document.be_known_by(hashlib.sha256(data).digest()[:16])
    signer = _AtTime(
        at,
        signers.PdfSignatureMetadata(
            field_name=FIELD, md_algorithm="sha256", reason=reason, name=key.name,
            subfilter=fields.SigSeedSubFilter.PADES, certify=True, docmdp_permissions=fields.MDPPerm.NO_CHANGES,
        ),
        _Signer(key),
        # PDF/UA wants what nobody sees to be hidden (ISO 14289-1, 7.18).
        new_field_spec=fields.SigFieldSpec(
            FIELD, readable_field_name=FIELD,
            invis_sig_settings=fields.InvisSigSettings(set_print_flag=False, set_hidden_flag=True),
        ),
    )  # fmt: skip
    out = BytesIO()
    _apart(signer.sign_pdf, document, output=out)
    return out.getvalue()


def _apart(act: Callable[..., Any], *arguments: Any, **more: Any) -> Any:
    """Do it in a thread of its own: pyHanko runs an event loop, and who calls may be inside one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(act, *arguments, **more).result()


def read(data: bytes) -> SignedPdf:
    """What a signed document is, when its one signature holds and covers the whole file; SignatureRefused otherwise.
    Whose certificate that is says nothing yet: anybody can make one."""
    if len(data) > MOST_BYTES:
        raise SignatureRefused(msg("El archivo es demasiado grande para ser un acuse."))
    try:
        return _read(data)
    except SignatureRefused:
        raise
    except Exception as error:  # a damaged PDF fails the reader in any way there is
        raise SignatureRefused(msg("El archivo no es un acuse, o está dañado.")) from error


def _read(data: bytes) -> SignedPdf:
    reader = PdfFileReader(BytesIO(data))
    found = reader.embedded_signatures
    if not found:
        raise SignatureRefused(msg("El archivo no trae firma."))
    if len(found) > 1:
        raise SignatureRefused(msg("El archivo trae más de una firma: algo se le agregó."))
    [one] = found
    one.compute_integrity_info()
    if one.evaluate_signature_coverage() is not SignatureCoverageLevel.ENTIRE_FILE or not _bare(data, one):
        raise SignatureRefused(_CHANGED)
    # Its own root, for this asks whether the signature holds; whom to believe is the reader's to say.
    alone = ValidationContext(trust_roots=[one.signer_cert], allow_fetching=False)
    status = _apart(validate_pdf_signature, one, alone, skip_diff=True)
    if not (status.intact and status.valid):
        raise SignatureRefused(_CHANGED)
    certificate = opened(one.signer_cert.dump())
    return SignedPdf(certificate, str(one.sig_object.get("/Reason", "")), _inside(data))


_CHANGED = msg("La firma no corresponde al contenido: el archivo cambió después de firmarse.")


def _bare(data: bytes, one: Any) -> bool:
    """Whether the one gap in what is signed holds the signature as it is written, filled up with zeros, and nothing
    else: there too a changed byte is noticed."""
    start, length, after, _ = (int(number) for number in one.byte_range)
    held: bytes = one.pkcs7_content
    told = cms.ContentInfo.load(held)
    whole: bytes = told.dump(force=True)
    # What no signature speaks of: the outermost words of the container (RFC 5652, 5.1).
    [first] = told["content"]["signer_infos"]
    [digest] = told["content"]["digest_algorithms"]
    if told["content"]["version"].native != "v1" or digest.dump() != first["digest_algorithm"].dump():
        return False
    gap = data[start + length : after]
    return gap == b"<" + held.hex().upper().encode() + b">" and held == whole + bytes(len(held) - len(whole))


def _inside(data: bytes) -> bytes | None:
    with pikepdf.open(BytesIO(data)) as document:
        for spec in document.attachments.values():
            stream = spec.get_file().obj
            packed = stream.read_raw_bytes()
            if stream.get("/Filter") is None:
                return packed
            # What claims to be small may unpack to anything.
            unpacked = zlib.decompressobj().decompress(packed, MOST_BYTES + 1)
            if len(unpacked) > MOST_BYTES:
                raise SignatureRefused(msg("El archivo es demasiado grande para ser un acuse."))
            return unpacked
    return None


def _asn1(certificate: x509.Certificate) -> asn1_x509.Certificate:
    return asn1_x509.Certificate.load(certificate.public_bytes(serialization.Encoding.DER))

"""The keys with which an agency signs what it hands over: a certificate of its own on disk, or one it brings.

Its own is ECDSA P-256 (RFC 6090) with a self-signed certificate (RFC 5280) that names the agency; the key lies beside
the documents as PKCS#12, closed with a password that follows from the installation's secret, never in the database.
"""

import hashlib
import hmac
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

from kernel.clock import SystemClock
from kernel.ids import new_id
from kernel.problems import Invalid
from kernel.text import msg

if TYPE_CHECKING:
    from recobro.config import Settings

YEARS = 10
_LONGEST_NAME = 64  # RFC 5280, ub-common-name
_FEWEST_BITS = 2048

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


class KeyRefused(Invalid):
    """The signing key cannot be used."""

    code = "signing.key_refused"


@dataclass(frozen=True)
class SigningKey:
    """A private key, its certificate, and the certificates above that one."""

    private: PrivateKey = field(repr=False)
    certificate: x509.Certificate
    above: Sequence[x509.Certificate] = ()

    @property
    def fingerprint(self) -> str:
        """The certificate's SHA-256 in hexadecimal."""
        return fingerprint(self.certificate)

    @property
    def name(self) -> str:
        """Whom the certificate names."""
        return subject(self.certificate)


@dataclass(frozen=True)
class SigningKeys:
    """Where the keys of an installation lie: `<folder>/<agency>/<n>.p12`, the last one counts.

    `own` is the path of a PKCS#12 that the installation brings, in which `{agency}` stands for the short name; where
    there is none of that name the agency has its own.
    """

    folder: Path
    secret: str = field(repr=False)
    own: str = ""
    own_password: str = field(default="", repr=False)

    @classmethod
    def from_settings(cls, settings: "Settings") -> "SigningKeys":
        """The installation's, beside the documents."""
        return cls(
            folder=settings.files_folder / "signing", secret=settings.signing_secret(),
            own=settings.signing_p12 or "", own_password=settings.signing_password or "",
        )  # fmt: skip

    def key_of(self, agency_id: UUID, *, slug: str, legal_name: str, at: datetime) -> SigningKey:
        """The key that signs for an agency, made at the first request, and again when its name changed or the
        certificate is not valid `at` that time. KeyRefused when the one that was brought does not do."""
        path = Path(self.own.replace("{agency}", slug)) if self.own else None
        if path is not None and (path.exists() or "{agency}" not in self.own):
            key = _opened(path, self.own_password.encode())
        else:
            key = self._made(agency_id, legal_name, at)
        self._note(agency_id, key)
        return key

    def certificates(self, agency_id: UUID) -> list[x509.Certificate]:
        """Every certificate with which the agency has ever signed."""
        found = sorted((self.folder / str(UUID(str(agency_id)))).glob("*.pem"))
        return [x509.load_pem_x509_certificate(path.read_bytes()) for path in found]

    def _made(self, agency_id: UUID, legal_name: str, at: datetime) -> SigningKey:
        folder = self.folder / str(UUID(str(agency_id)))
        password = hmac.digest(self.secret.encode(), b"recobro signing key\0" + agency_id.bytes, "sha256").hex()
        name = _name_of(legal_name)
        while True:
            numbers = sorted(int(path.stem) for path in folder.glob("*.p12"))
            if numbers:
                key = _opened(folder / f"{numbers[-1]}.p12", password.encode())
                certificate = key.certificate
                valid = certificate.not_valid_before_utc <= at < certificate.not_valid_after_utc
                if valid and subject(certificate) == name:
                    return key
            made = _new_key(name, at)
            data = pkcs12.serialize_key_and_certificates(
                name.encode(), made.private, made.certificate, None,
                serialization.BestAvailableEncryption(password.encode()),
            )  # fmt: skip
            # Two processes may be at it: the number is taken by one, the other meets its key.
            _write_once(folder / f"{numbers[-1] + 1 if numbers else 1}.p12", data)

    def _note(self, agency_id: UUID, key: SigningKey) -> None:
        path = self.folder / str(agency_id) / f"{key.fingerprint}.pem"
        if not path.exists():
            _write_once(path, key.certificate.public_bytes(serialization.Encoding.PEM))


def fingerprint(certificate: x509.Certificate) -> str:
    """A certificate's SHA-256 in hexadecimal, as people compare it."""
    return certificate.fingerprint(hashes.SHA256()).hex()


def subject(certificate: x509.Certificate) -> str:
    """Whom a certificate names: its common name, or all of its subject."""
    found = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(found[0].value) if found else certificate.subject.rfc4514_string()


def _name_of(legal_name: str) -> str:
    return " ".join(legal_name.split())[:_LONGEST_NAME].strip() or "Recobro"


def _new_key(name: str, at: datetime) -> SigningKey:
    private = ec.generate_private_key(ec.SECP256R1())
    called = x509.Name(
        [x509.NameAttribute(NameOID.COMMON_NAME, name), x509.NameAttribute(NameOID.ORGANIZATION_NAME, name)]
    )
    # A sandbox's clock may be far from the reader's, who looks at the certificate on his own day.
    today = SystemClock().now()
    begin = min(at.astimezone(UTC), today).replace(microsecond=0) - timedelta(days=1)
    usage = x509.KeyUsage(
        digital_signature=True, content_commitment=True, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=False, crl_sign=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    certificate = (
        x509.CertificateBuilder()
        .subject_name(called)
        .issuer_name(called)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(max(at.astimezone(UTC), today).replace(microsecond=0) + timedelta(days=365 * YEARS))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(private.public_key()), critical=False)
        .sign(private, hashes.SHA256())
    )
    return SigningKey(private, certificate)


def _opened(path: Path, password: bytes) -> SigningKey:
    """The key of a PKCS#12 file (RFC 7292)."""
    try:
        private, certificate, above = pkcs12.load_key_and_certificates(path.read_bytes(), password or None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise KeyRefused(
            msg("La llave con que se firman los acuses no se puede abrir: {path}. Revisa el archivo y su contraseña."),
            path=path,
        ) from error
    if private is None or certificate is None:
        raise KeyRefused(msg("{path} no trae una llave con su certificado."), path=path)
    fits = (isinstance(private, ec.EllipticCurvePrivateKey) and isinstance(private.curve, ec.SECP256R1)) or (
        isinstance(private, rsa.RSAPrivateKey) and private.key_size >= _FEWEST_BITS
    )
    if not fits:
        raise KeyRefused(msg("La llave de {path} no sirve: debe ser ECDSA P-256, o RSA de 2048 bits o más."), path=path)
    assert isinstance(private, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey)
    if (
        hashlib.sha256(_public(private.public_key())).digest()
        != hashlib.sha256(_public(certificate.public_key())).digest()
    ):
        raise KeyRefused(msg("{path} no trae una llave con su certificado."), path=path)
    return SigningKey(private, certificate, tuple(above))


def _public(key: object) -> bytes:
    assert isinstance(key, ec.EllipticCurvePublicKey | rsa.RSAPublicKey)
    return key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def _write_once(path: Path, data: bytes) -> None:
    """Write a file whole, readable by its owner only, unless it is there."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.{new_id().hex}.part")
    try:
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        if not path.exists():
            os.link(fresh, path)
    except FileExistsError:
        return
    finally:
        fresh.unlink(missing_ok=True)

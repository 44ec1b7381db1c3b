"""The environment: every mistake at once, in sentences, and no secret repeated."""

import os
from pathlib import Path

import pytest

from recobro.config import Misconfigured, Settings, Tls, default_data, load_settings

SECRET = "kVhxq2Jr8sWmZ0aT5nLc9yGdQpEbUf3i"
OURS = ("RECOBRO_", "DATABASE_", "REDIS_", "SMTP_", "STRIPE_", "PUBLIC_URL")


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """No variable of ours is set."""
    for name in os.environ:
        if name.startswith(OURS):
            monkeypatch.delenv(name)


def told(monkeypatch: pytest.MonkeyPatch, **environ: str) -> str:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(Misconfigured) as caught:
        load_settings()
    return "\n".join(caught.value.sentences)


def test_without_any_variable_everything_stays_on_this_machine() -> None:
    settings = load_settings()
    assert settings.database_url is None
    assert settings.host == "127.0.0.1"
    assert settings.address == "http://127.0.0.1:8000"
    assert settings.files_folder == settings.data / "files"


def test_empty_variables_count_as_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "")
    monkeypatch.setenv("RECOBRO_PORT", "")
    assert load_settings().port == 8000


def test_a_whole_environment_is_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    environ = {
        "DATABASE_URL": "postgresql://app:pw@db:5432/recobro",
        "REDIS_URL": "redis://:pw@redis:6379/0",
        "RECOBRO_SECRET": SECRET,
        "RECOBRO_DATA": str(tmp_path),
        "RECOBRO_FILES": "/srv/files",
        "RECOBRO_HOST": "0.0.0.0",
        "RECOBRO_PORT": "9000",
        "PUBLIC_URL": "https://cobranza.example/",
        "SMTP_HOST": "mail.example",
        "SMTP_PORT": "465",
        "SMTP_USER": "u",
        "SMTP_PASSWORD": "p",
        "SMTP_TLS": "tls",
        "SMTP_FROM": "cobranza@despacho.example",
        "STRIPE_SECRET_KEY": "sk_test_1",
        "STRIPE_WEBHOOK_SECRET": "whsec_1",
    }
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    settings = load_settings()
    assert settings.smtp_tls is Tls.TLS
    assert settings.address == "https://cobranza.example"
    assert settings.files_folder == Path("/srv/files")
    assert settings.signing_secret() == SECRET
    assert not [value for value in (SECRET, "sk_test_1", "whsec_1", ":pw@") if value in repr(settings)]


def test_every_mistake_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    text = told(
        monkeypatch,
        RECOBRO_PORT="http",
        RECOBRO_WEB_WORKERS="0",
        SMTP_TLS="ssl",
        SMTP_USER="u",
        DATABASE_URL="mysql://db/recobro",
        REDIS_URL="redis://localhost:port",
        PUBLIC_URL="http://cobranza.example",
    )
    for expected in (
        "RECOBRO_PORT debe ser un número entero.",
        "RECOBRO_WEB_WORKERS está fuera de los límites (≥ 1).",
        "SMTP_TLS debe ser una de: 'none', 'starttls', 'tls'.",
        "SMTP_USER y SMTP_PASSWORD van juntas",
        "Falta SMTP_HOST",
        "DATABASE_URL debe ser una dirección que empiece con postgresql://",
        "REDIS_URL debe ser una dirección que empiece con redis://",
        "PUBLIC_URL debe empezar con https://",
        "Falta RECOBRO_SECRET",
    ):
        assert expected in text


@pytest.mark.parametrize("secret", ["short-and-known", "a" * 40])
def test_a_weak_secret_is_refused_and_never_repeated(monkeypatch: pytest.MonkeyPatch, secret: str) -> None:
    text = told(monkeypatch, RECOBRO_SECRET=secret)
    assert "RECOBRO_SECRET" in text
    assert secret not in text


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"RECOBRO_PORT": "70000"}, "RECOBRO_PORT está fuera de los límites (≤ 65535)."),
        ({"RECOBRO_PROXIES": "-1"}, "RECOBRO_PROXIES está fuera"),
        ({"SMTP_FROM": "no address"}, "SMTP_FROM debe ser una dirección de correo."),
        ({"SMTP_HOST": "mail.example", "SMTP_USER": "u", "SMTP_PASSWORD": "p", "SMTP_TLS": "none"}, "sin cifrar"),
        ({"STRIPE_SECRET_KEY": "sk_live_1"}, "Falta STRIPE_WEBHOOK_SECRET"),
        ({"STRIPE_API_BASE": "localhost:9"}, "STRIPE_API_BASE debe ser una dirección"),
        ({"DATABASE_URL": "postgresql://"}, "DATABASE_URL debe ser una dirección"),
        ({"DATABASE_ADMIN_URL": "db"}, "DATABASE_ADMIN_URL debe ser una dirección"),
    ],
)
def test_one_mistake_gets_one_clear_sentence(
    monkeypatch: pytest.MonkeyPatch, environ: dict[str, str], expected: str
) -> None:
    text = told(monkeypatch, **{"RECOBRO_SECRET": SECRET, **environ})
    assert expected in text
    assert text.count("\n") == 0


def test_an_installation_without_a_secret_makes_one_and_keeps_it(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path)
    first = settings.signing_secret()
    assert len(first) >= 32
    assert settings.signing_secret() == first


def test_the_data_folder_is_the_users_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    expected = {tmp_path / "share" / "recobro", Path("/var/lib/recobro")}  # the second for root, when closed to others
    assert default_data() in expected | {Path.home() / "Library" / "Application Support" / "recobro"}


def test_a_relative_data_folder_means_the_present_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RECOBRO_DATA", "here")
    assert load_settings().data == tmp_path / "here"

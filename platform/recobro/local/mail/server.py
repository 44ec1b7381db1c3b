"""The whole mail catcher: in threads of this process for tests, or alone through `__main__`."""

from pathlib import Path

from flask import Flask

from kernel.clock import Clock, SystemClock
from recobro.local import serving
from recobro.local.mail.box import MailBox
from recobro.local.mail.pages import mail_pages
from recobro.local.mail.smtp import Conduct, SmtpSide

_PAGES = Path(__file__).parents[1] / "pages"


class MailServer:
    """SMTP and a page on 127.0.0.1, mails in a folder. `conduct` says how badly it behaves."""

    def __init__(self, folder: Path, *, port: int = 0, page_port: int = 0, clock: Clock | None = None) -> None:
        self.box = MailBox(folder)
        self.conduct = Conduct()
        self._smtp = SmtpSide(self.box, self.conduct, clock or SystemClock(), port=port)
        app = Flask("recobro.local.mail", static_folder=None, template_folder=str(_PAGES))
        serving.add_page_parts(app)
        app.register_blueprint(mail_pages(self.box, self.conduct))
        self._serving = serving.Serving(app, port=page_port)

    @property
    def port(self) -> int:
        """Where mails are taken."""
        return self._smtp.port

    @property
    def url(self) -> str:
        """Where mails are read."""
        return f"http://127.0.0.1:{self._serving.port}"

    def start(self) -> "MailServer":
        """Take and show mails from now on."""
        self._smtp.start()
        self._serving.start()
        return self

    def stop(self) -> None:
        """End; the mails stay in their folder."""
        self._smtp.stop()
        self._serving.stop()

    def __enter__(self) -> "MailServer":
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

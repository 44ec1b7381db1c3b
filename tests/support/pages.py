"""A signed-in browser without a browser: every page it fetches is checked as a page."""

import re
from typing import Any

from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from kernel.clock import SystemClock
from recobro.people import sessions
from recobro.web.requests import cookie_name
from tenants.context import Principal
from tenants.tables import Membership, Person
from tenants.work import door_work


class Pages:
    """Fetches pages as one principal, follows the forms on them, and refuses pages that are not well made."""

    def __init__(self, app: Flask, principal: Principal | None = None) -> None:
        self.client: FlaskClient = app.test_client()
        if principal is not None:
            self.client.set_cookie(cookie_name(app), sign_in(principal))

    def get(self, path: str, *, status: int = 200, follow: bool = True, **more: Any) -> BeautifulSoup:
        """A page, checked: its status, one title, one heading, no inline style or script, no duplicate ids."""
        response = self.client.get(path, follow_redirects=follow, **more)
        return self._check(response, status, path)

    def post(
        self, path: str, data: dict[str, Any] | None = None, *, status: int = 200, follow: bool = True, **more: Any
    ) -> BeautifulSoup:
        """Send a form as the page before it would, with its CSRF token; you get the page that follows."""
        data = {"csrf_token": self.csrf(), **(data or {})}
        response = self.client.post(path, data=data, follow_redirects=follow, **more)
        return self._check(response, status, path)

    def raw(self, method: str, path: str, **more: Any) -> TestResponse:
        """An unchecked answer."""
        return self.client.open(path, method=method, **more)

    def csrf(self) -> str:
        """A CSRF token of this browser's form session."""
        page = self.client.get("/csrf-token")
        return page.get_data(as_text=True)

    @staticmethod
    def _check(response: TestResponse, status: int, path: str) -> BeautifulSoup:
        text = response.get_data(as_text=True)
        assert response.status_code == status, f"{path}: {response.status_code} instead of {status}\n{text[:2000]}"
        page = BeautifulSoup(text, "lxml")
        if response.mimetype != "text/html" or "<html" not in text:
            return page
        assert page.title, f"{path} has no title"
        assert len(page.find_all("h1")) == 1, f"{path} has {len(page.find_all('h1'))} main headings"
        ids = [tag["id"] for tag in page.find_all(id=True)]
        doubled = {i for i in ids if ids.count(i) > 1}
        assert not doubled, f"{path} has the ids {doubled} twice"
        assert not page.find_all(style=True), f"{path} has inline style"
        assert not re.search(r"\son\w+=", text), f"{path} has an inline handler"
        for form in page.find_all("form"):
            reads = str(form.get("method") or "get").lower() in ("get", "dialog")
            assert reads or form.select_one("[name=csrf_token]"), f"{path} has a form without a CSRF token"
        return page


def sign_in(principal: Principal) -> str:
    """The token of a session of somebody who is in."""
    now = SystemClock().now()
    with door_work() as door:
        membership = door.scalars(
            select(Membership).where(
                Membership.agency_id == principal.agency_id, Membership.person_id == principal.person_id
            )
        ).one()
        if door.get(Person, principal.person_id) is None:
            door.add(Person(id=principal.person_id, email=membership.email, name=membership.name, created_at=now))
            door.flush()
        return sessions.start(
            door,
            person_id=membership.person_id,
            agency_id=membership.agency_id,
            membership_id=membership.id,
            second_factor=True,
        )

"""What is deployed: the compose file is sound, its commands are ours, its variables are known, no secret is given."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]
from click.testing import CliRunner

from recobro.cli.main import COMMANDS, main
from recobro.config import Settings
from worker.queues import Queue

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
OURS = {name: service for name, service in COMPOSE["services"].items() if service.get("image") == "recobro"}
VARIABLES = {str(field.validation_alias) for field in Settings.model_fields.values()}


def example() -> dict[str, str]:
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))


@pytest.mark.parametrize("name", OURS)
def test_every_services_command_runs_here(name: str) -> None:
    done = CliRunner().invoke(main, [*OURS[name]["command"], "--help"])
    assert done.exit_code == 0, done.output


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_of_the_list_tells_what_it_does(name: str) -> None:
    done = CliRunner().invoke(main, [name, "--help"])
    assert done.exit_code == 0, done.output
    assert len(done.output.splitlines()) > 4


def test_every_queue_has_one_worker_of_its_own() -> None:
    served = [service["command"][2] for service in OURS.values() if service["command"][0] == "worker"]
    assert sorted(served) == sorted(queue.value for queue in Queue)


def test_the_parts_of_production_are_all_there() -> None:
    assert {"proxy", "web", "relay", "cron", "migrate", "db", "redis"} <= set(COMPOSE["services"])


def test_no_secret_has_a_default() -> None:
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    for name, rest in re.findall(r"\$\{(\w+)([^}]*)\}", text):
        if re.search("PASSWORD|SECRET|KEY", name):
            assert rest.startswith(":?") or rest == ":-", f"{name} must be asked for, or be empty"
    assert not [name for name, value in example().items() if re.search("PASSWORD|SECRET|KEY", name) and value]


def test_only_what_people_reach_is_published_and_the_stores_are_apart() -> None:
    assert [name for name, service in COMPOSE["services"].items() if "ports" in service] == ["proxy"]
    assert COMPOSE["services"]["db"]["networks"] == COMPOSE["services"]["redis"]["networks"] == ["inner"]
    assert COMPOSE["networks"]["inner"]["internal"] is True


def test_the_services_get_only_variables_that_are_read() -> None:
    for service in OURS.values():
        assert set(service["environment"]) <= VARIABLES


def test_only_the_migration_knows_the_superuser() -> None:
    knowing = [name for name, service in OURS.items() if "DATABASE_ADMIN_URL" in service["environment"]]
    assert knowing == ["migrate"]


def test_the_example_names_every_variable_there_is() -> None:
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    asked = {name for name, _ in re.findall(r"\$\{(\w+)([^}]*)\}", text)}
    assert set(example()) == VARIABLES | asked


def test_docker_itself_accepts_the_compose_file() -> None:
    docker = shutil.which("docker")
    if docker is None or subprocess.run([docker, "compose", "version"], capture_output=True, check=False).returncode:
        pytest.skip("docker compose is not on this machine; the file was read as YAML only")
    values = {name: value or "0123456789abcdefghijklmnopqrstuvwxyz" for name, value in example().items()}
    done = subprocess.run(
        [docker, "compose", "--env-file", "/dev/null", "--file", str(ROOT / "docker-compose.yml"), "config", "--quiet"],
        env={"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), **values},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_the_image_runs_as_nobody_special_and_holds_only_the_product() -> None:
    lines = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line.startswith("USER ")] == ["USER recobro"]
    copied = {
        part for line in lines if line.startswith("COPY ") and "--from" not in line for part in line.split()[1:-1]
    }
    allowed = {
        line[1:] for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines() if line.startswith("!")
    }
    assert copied == allowed


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_the_locks_hold_what_builds_the_tree_for_every_machine_and_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert "\nhatchling==" in text, "lock again with `make lock`, which knows the extras"
    assert "sys_platform" in text or "python_full_version" in text, "`make lock` resolves for every platform"
    assert "--hash=sha256:" in text
    assert "://" not in text

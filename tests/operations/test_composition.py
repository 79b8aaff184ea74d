"""docker-compose.yml, the image and what they mount: read as they are, and by docker-compose where there is one."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from celery import current_app
from django.apps import apps
from django.conf import settings

from tests.operations import ROOT

TEXT = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
COMPOSITION = yaml.safe_load(TEXT)
SERVICES = COMPOSITION["services"]
ONCE = {"migrate", "backup"}
OF_OURS = {"web", "worker", "sender", "beat", "metrics", *ONCE}
SECRET = re.compile(r"PASSWORD|SECRET|_KEY$|DSN|TOKEN")
NEEDED = re.compile(r"\$\{(\w+):\?([^}]+)\}")


def environment(name):
    return SERVICES[name].get("environment", {})


def filled():
    """Return an environment file as deploy/new_env.py writes it, with the rest filled in."""
    done = subprocess.run([sys.executable, str(ROOT / "deploy/new_env.py")], capture_output=True, text=True, check=True)
    found = dict(line.split("=", 1) for line in done.stdout.splitlines() if line and not line.startswith("#"))
    example = {"SAWT_DOMAIN": "sawt.example", "SAWT_TLS": "internal", "SAWT_REPLY_TO": "support@sawt.example"}
    return found | example | {"SAWT_FROM_EMAIL": "no-reply@sawt.example"}


# What stands there


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_each_service_has_limits_a_restart_rule_and_a_check(name):
    service = SERVICES[name]
    assert {"mem_limit", "cpus", "logging"} <= set(service)
    assert service["restart"] == ("no" if name in ONCE else "unless-stopped")
    assert ("healthcheck" in service) is (name not in ONCE)
    assert "privileged" not in service
    assert "no-new-privileges:true" in service["security_opt"]


@pytest.mark.parametrize("name", sorted(OF_OURS))
def test_programs_of_ours_cannot_change_their_image(name):
    service = SERVICES[name]
    assert (service["read_only"], service["cap_drop"], service["init"]) == (True, ["ALL"], True)
    assert "user" not in service  # the image's own, who is nobody special


def test_no_secret_stands_there_and_none_has_a_default():
    for name in SERVICES:
        for variable, value in environment(name).items():
            if SECRET.search(variable) and value:
                assert re.fullmatch(r"\$\{\w+(:\?[^}]+|:-)\}", str(value)), f"{name}: {variable}"
    assert [text for text in re.findall(r"\$\{\w*PASSWORD:-[^}]*\}", TEXT) if not text.endswith(":-}")] == []


def test_what_is_needed_is_asked_for_in_a_sentence():
    sentences = dict(NEEDED.findall(TEXT))
    assert {
        "SECRET_KEY",
        "POSTGRES_PASSWORD",
        "SAWT_OWNER_PASSWORD",
        "SAWT_DATABASE_PASSWORD",
        "VALKEY_PASSWORD",
    } <= set(sentences)
    assert all(text.startswith(f"Set {name} in .env") for name, text in sentences.items())
    example = (ROOT / "deploy/.env.example").read_text(encoding="utf-8")
    assert sorted(name for name in sentences if not re.search(rf"^{name}=$", example, re.M)) == []


def test_only_those_who_migrate_and_back_up_know_the_owner():
    knowing = {name for name in SERVICES if "SAWT_OWNER_PASSWORD" in json.dumps(environment(name))}
    assert knowing == {*ONCE, "postgres"}
    for name in OF_OURS - ONCE:
        assert environment(name)["DATABASE_URL"].startswith("postgres://sawt_app:")
    assert {name for name in SERVICES if "POSTGRES_PASSWORD" in environment(name)} == {"postgres"}


def test_only_the_proxy_is_reached_from_outside():
    assert {name for name, service in SERVICES.items() if "ports" in service} == {"proxy"}
    assert {name for name, service in SERVICES.items() if "inside" in service["networks"]} == OF_OURS | {
        "postgres",
        "valkey",
    }
    assert COMPOSITION["networks"]["inside"] == {"internal": True}
    subnet = COMPOSITION["networks"]["outside"]["ipam"]["config"][0]["subnet"]
    assert environment("web")["SAWT_TRUSTED_PROXIES"] == f"${{SAWT_TRUSTED_PROXIES:-{subnet}}}"
    assert environment("mail")["SAWT_MAIL_NETWORK"] == f"${{SAWT_MAIL_NETWORK:-{subnet}}}"


def test_postgres_18_keeps_its_data_where_18_wants_it():
    assert SERVICES["postgres"]["image"].startswith("postgres:18")
    assert "database:/var/lib/postgresql" in SERVICES["postgres"]["volumes"]
    assert not any(volume.startswith("database:/var/lib/postgresql/data") for volume in SERVICES["postgres"]["volumes"])


def test_files_are_shared_by_those_who_write_and_hand_them_out():
    place = "media:/srv/sawt/var/media"
    sharing = {name for name, service in SERVICES.items() if place in service.get("volumes", [])}
    assert sharing == {"web", "worker"}
    assert f"{place}:ro" in SERVICES["backup"]["volumes"]
    counting = {name for name in SERVICES if "metrics:/srv/sawt/var/metrics" in SERVICES[name].get("volumes", [])}
    assert counting == OF_OURS - ONCE
    assert all(environment(name)["SAWT_METRICS"] == "/srv/sawt/var/metrics" for name in counting)
    assert {environment(name)["SAWT_METRICS"] for name in ONCE} == {""}


def test_every_volume_that_is_used_is_declared():
    used = {volume.split(":")[0] for service in SERVICES.values() for volume in service.get("volumes", [])}
    named = {volume for volume in used if re.fullmatch(r"[a-z-]+", volume)}
    assert named | {"backups"} == set(COMPOSITION["volumes"])
    folders = re.findall(r"^ +- (\./[^:]+):", TEXT, re.M)
    assert folders
    assert [folder for folder in folders if not (ROOT / folder).exists()] == []


def test_every_task_has_a_worker():
    current_app.loader.import_default_modules()
    served = {SERVICES[name]["command"].split("--queues=")[1].split()[0] for name in ("worker", "sender")}
    assert served == {"celery", "mail"}
    assert any(name.startswith("messaging.") for name in current_app.tasks)
    assert "--pidfile=" in SERVICES["beat"]["command"]


def test_what_the_portal_needs_is_given_to_each_of_its_programs():
    production = (ROOT / "portal/settings/production.py").read_text(encoding="utf-8")
    needed = re.search(r"env\.needed\((.*?)\)", production, re.S)[1]
    for name in OF_OURS:
        assert sorted(set(re.findall(r'"(\w+)"', needed)) - set(environment(name))) == []


def test_the_role_that_gets_rights_is_the_one_that_connects():
    script = (ROOT / "deploy/postgres/10-roles.sh").read_text(encoding="utf-8")
    assert "grant_application_role sawt_app" in SERVICES["migrate"]["command"]
    assert re.findall(r"CREATE ROLE (\w+)", script) == ["sawt_owner", "sawt_app"]


# Image


def test_the_image_is_made_for_an_ordinary_user_from_locked_packages():
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert re.search(r"^USER (\w+)$", text, re.M)[1] == "sawt"
    assert text.index("USER sawt") > text.rindex("RUN ")
    assert "--require-hashes" in text
    assert "npm ci" in text
    assert not re.search(r"^(ENV|ARG).*(SECRET|PASSWORD)", text, re.M)
    for package in (
        "libpango-1.0-0",
        "libharfbuzz-subset0",
        "fonts-noto-core",
        "fonts-wqy-microhei",
        "fonts-dejavu-core",
    ):
        assert package in text


def test_nothing_goes_into_the_image_unless_it_is_named():
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    named = [rule[1:] for rule in rules if rule.startswith("!")]
    assert [name for name in named if not (ROOT / name).exists()] == []
    assert not {"var", ".git", ".env", "tests"} & set(named)
    folders = {config.name.partition(".")[0] for config in our_apps()}
    assert folders <= set(named)


def our_apps():
    return [config for config in apps.get_app_configs() if Path(config.path).is_relative_to(settings.BASE_DIR)
            and ".venv" not in config.path]  # fmt: skip


@pytest.mark.parametrize("file", sorted((ROOT / "deploy").rglob("*.sh")), ids=lambda file: file.name)
def test_scripts_can_be_read_by_a_plain_shell(file):
    assert subprocess.run(["sh", "-n", str(file)], check=False).returncode == 0
    assert os.access(file, os.X_OK)


def test_secrets_are_long_and_new_each_time():
    one, other = filled(), filled()
    names = {name for name in one if SECRET.search(name) and one[name]}
    assert len(names) == 5
    assert len({*map(one.get, names), *map(other.get, names)}) == 10
    assert all(re.fullmatch(r"[0-9a-f]{64}", one[name]) for name in names)


# By docker-compose itself


def compose_command():
    """Return Docker's compose, or Debian's docker-compose; a machine of tests that may installs it."""
    candidates = [["docker", "compose"], ["docker-compose"]]
    if os.environ.get("CI") and os.geteuid() == 0 and not shutil.which("docker-compose") and shutil.which("apt-get"):
        install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "docker-compose"]
        subprocess.run(install, capture_output=True, check=False, timeout=300)
    for command in candidates:
        if shutil.which(command[0]) and not subprocess.run([*command, "version"], capture_output=True).returncode:
            return command
    pytest.skip(
        "NOT CHECKED: docker-compose.yml by docker-compose, which is missing (on Debian `apt install docker-compose`)"
    )


def configured(folder, values, *files):
    """Return what ``config`` says, with status."""
    file = folder / "environment"
    file.write_text("".join(f"{name}={value}\n" for name, value in values.items()), encoding="utf-8")
    told = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    words = [word for name in ("docker-compose.yml", *files) for word in ("-f", str(ROOT / name))]
    return subprocess.run(
        [*compose_command(), "--env-file", str(file), *words, "config"],
        cwd=folder, env=told, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip


def test_the_composition_is_accepted(tmp_path):
    done = configured(tmp_path, filled())
    assert done.returncode == 0, done.stderr
    assert set(yaml.safe_load(done.stdout)["services"]) >= set(SERVICES) - {"backup"}


@pytest.mark.parametrize("file", sorted(path.name for path in (ROOT / "deploy/scaling").glob("*.yml")))
def test_what_is_laid_over_it_is_accepted(file, tmp_path):
    over = (ROOT / "deploy/scaling" / file).read_text(encoding="utf-8")
    values = filled() | {name: "10.0.0.1" for name, _ in NEEDED.findall(over)}
    done = configured(tmp_path, values, f"deploy/scaling/{file}")
    assert done.returncode == 0, done.stderr
    assert set(yaml.safe_load(over)["services"]) <= set(yaml.safe_load(done.stdout)["services"])


@pytest.mark.parametrize("name", sorted(dict(NEEDED.findall(TEXT))))
def test_a_missing_variable_stops_it_with_its_sentence(name, tmp_path):
    done = configured(tmp_path, {key: value for key, value in filled().items() if key != name})
    assert done.returncode != 0
    assert dict(NEEDED.findall(TEXT))[name].partition(",")[0] in done.stderr

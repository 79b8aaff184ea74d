"""Debian's packages: installed when we are root, otherwise unpacked into a folder of our own."""

import os
import shutil
from pathlib import Path

from sawt_tools import paths, shell
from sawt_tools.console import Problem

PATIENCE = ["-o", "Acquire::http::Timeout=15", "-o", "Acquire::https::Timeout=15", "-o", "Acquire::Retries=1"]
LONGEST = 900.0


def is_allowed() -> bool:
    """Tell whether apt is here and the person has not forbidden its use."""
    return shutil.which("apt-get") is not None and os.environ.get("SAWT_APT", "").lower() not in {
        "no",
        "0",
        "false",
        "off",
    }


def install(packages: list[str]) -> None:
    """Install packages into the system; raises ``Problem`` when that does not work."""
    env = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    command = ["apt-get", *PATIENCE, "-o", "DPkg::Lock::Timeout=120"]
    install_them = [*command, "install", "-y", "--no-install-recommends", *packages]
    failed = "apt-get could not install " + ", ".join(packages) + "."
    shell.run(
        [*command, "update"],
        log="apt-update",
        failed="apt-get could not read the package lists.",
        env=env,
        timeout=LONGEST,
    )
    shell.run(install_them, log="apt-install", failed=failed, env=env, timeout=LONGEST)


def private_options(state: Path) -> list[str]:
    """Return the options that let apt-get work for someone who is not root, with lists of its own."""
    for folder in ("lists/partial", "cache/archives/partial"):
        (state / folder).mkdir(parents=True, exist_ok=True)
    pairs = {
        "Dir::State": state,
        "Dir::State::lists": state / "lists",
        "Dir::State::status": os.environ.get("SAWT_DPKG_STATUS", "/var/lib/dpkg/status"),
        "Dir::State::extended_states": state / "extended_states",
        "Dir::Cache": state / "cache",
        "Dir::Log": state,
        "Debug::NoLocking": "true",
        "APT::Sandbox::User": "",
        "APT::Update::Post-Invoke-Success": "",
        "APT::Install-Recommends": "false",
    }
    return [word for name, value in pairs.items() for word in ("-o", f"{name}={value}")]


def missing_with_dependencies(packages: list[str], options: list[str]) -> list[str]:
    """Return the packages apt would have to install, dependencies included."""
    plan = shell.output(["apt-get", *options, "install", "--simulate", "-y", *packages])
    names = [line.split()[1] for line in plan.splitlines() if line.startswith("Inst ")]
    if not names:
        raise Problem("apt-get knows no way to get " + ", ".join(packages) + ".")
    return names


def unpack(packages: list[str], target: Path) -> None:
    """Download packages and what they need, and unpack them under a folder, all or nothing.

    The sources and keys are the system's; the lists are our own, and its hooks, which need root, are left out.
    """
    state = paths.VAR / "apt"
    options = [*PATIENCE, *private_options(state)]
    shell.run(
        ["apt-get", *options, "update"],
        log="apt-update",
        failed="apt-get could not read the package lists.",
        timeout=LONGEST,
    )
    draft = target.with_name(f"{target.name}.new-{os.getpid()}")
    downloads = draft / "downloads"
    try:
        # What is there already stays: another time may have asked for other packages.
        if target.exists():
            shutil.copytree(target, draft, symlinks=True)
        downloads.mkdir(parents=True)
        names = missing_with_dependencies(packages, options)
        failed = "apt-get could not download " + ", ".join(packages) + "."
        shell.run(
            ["apt-get", *options, "download", *names], log="apt-download", failed=failed, cwd=downloads, timeout=LONGEST
        )
        for file in sorted(downloads.glob("*.deb")):
            shell.run(["dpkg-deb", "-x", file, draft], log="dpkg-deb", failed=f"{file.name} could not be unpacked.")
        shutil.rmtree(downloads)
        shutil.rmtree(target, ignore_errors=True)
        draft.rename(target)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
        shutil.rmtree(state, ignore_errors=True)

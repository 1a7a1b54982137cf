#!/usr/bin/env python3
"""What comes with the agent: the installer, the service file, the sample configuration and the manual pages."""

import stat

from harness import *

INSTALLER = ROOT / "packaging/install-agent"


def install(*words):
    return subprocess.run([str(INSTALLER), "--build", str(BUILD), *map(str, words)], text=True, capture_output=True, timeout=60 * PATIENCE)


@case("install-agent puts program, service, pages and a configuration under a root, and leaves a configuration that is there")
def installed(world):
    root = world.folder / "image"
    done = install("--root", root)
    equal((done.returncode, done.stderr), (0, ""))
    for name, mode in (("usr/sbin/slipway-agent", 0o755), ("etc/systemd/system/codedeploy-agent.service", 0o644),
                       ("usr/share/man/man8/slipway-agent.8", 0o644), ("usr/share/man/man5/codedeployagent.yml.5", 0o644),
                       ("usr/share/man/man5/appspec.yml.5", 0o644), ("etc/codedeploy-agent/conf/codedeployagent.yml", 0o644)):
        equal((name, stat.S_IMODE((root / name).stat().st_mode)), (name, mode))
    program = root / "usr/sbin/slipway-agent"
    contains(subprocess.run([str(program), "--version"], text=True, capture_output=True, check=True).stdout, "slipway-agent ")
    contains((root / "etc/systemd/system/codedeploy-agent.service").read_text(), "ExecStart=/usr/sbin/slipway-agent run")
    page = (root / "usr/share/man/man5/codedeployagent.yml.5").read_text()
    contains(page, ".B deploy_control_endpoint\n")
    lacks(page, "SETTINGS-LIST")

    config = root / "etc/codedeploy-agent/conf/codedeployagent.yml"
    config.write_text("root_dir: /mine\n")
    contains(install("--root", root).stdout, "stays")
    equal(config.read_text(), "root_dir: /mine\n")


@case("install-agent says what is wrong")
def refused(world):
    for words, reason in ((("--nonsense",), "unknown option"), (("--root", world.folder, "--start"), "--start is for this machine"),
                          (("--root", world.folder, "--build", world.folder), "make build")):
        done = install(*words)
        equal((words, done.returncode), (words, 1))
        contains(done.stderr, reason)
    contains(install("--help").stdout, "--take-over")


@case("the sample configuration is one that the agent takes; settings needs no configuration")
def sample(world):
    def settings(*words):
        return subprocess.run([str(AGENT), "settings", *words], text=True, capture_output=True, timeout=60 * PATIENCE)
    config = world.folder / "codedeployagent.yml"
    config.write_text(settings("--sample").stdout.replace("/opt/codedeploy-agent/state/.pid/", f"{world.folder}/pid"))
    done = subprocess.run([str(AGENT), "--config-file", str(config), "status"], text=True, capture_output=True, timeout=60 * PATIENCE)
    equal((done.returncode, done.stderr), (3, ""))
    contains(settings().stdout, "max_revisions [official]: number 1..100000 (revisions), default 5")
    equal(settings("--nonsense").returncode, 64)


@case("systemd takes the service file")
def unit(world):
    if not shutil.which("systemd-analyze"):
        raise Skip("there is no systemd-analyze")
    root = world.folder / "image"
    equal(install("--root", root).returncode, 0)
    path = world.folder / "codedeploy-agent.service"
    text = (root / "etc/systemd/system/codedeploy-agent.service").read_text()
    # the page and the program are not on this machine
    path.write_text("\n".join(line for line in text.replace("/usr/sbin/slipway-agent", str(AGENT)).splitlines() if not line.startswith("Documentation=")) + "\n")
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", str(path)], text=True, capture_output=True, timeout=60 * PATIENCE)
    ours = [line for line in done.stderr.splitlines() if "codedeploy-agent" in line]
    equal(ours, [])
    for line in ("Type=notify", "WatchdogSec=", "After=network-online.target", "Restart=on-failure", "TimeoutStopSec=7200", "Alias=slipway-agent.service"):
        contains(text, line)


if __name__ == "__main__":
    main(globals())

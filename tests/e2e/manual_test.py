#!/usr/bin/env python3
"""The manual pages name every verb, option, setting and key that there is, and are laid out without complaint."""
import re
import shutil

from harness import *

EVERY_VERBS = ("--endpoint-url", "--profile", "--region", "--ca-bundle", "--output", "--help")


def page(name):
    made = BUILD / "man" / name
    return (made if made.exists() else ROOT / "man" / name).read_text().replace("\\-", "-")


def help_of(program, *words):
    return subprocess.run([program, *words, "--help"], text=True, capture_output=True, timeout=60 * PATIENCE, check=True,
                          env=dict(os.environ, LC_ALL="C.UTF-8")).stdout


def options_of(text):
    options = text.partition("Application Options:")[2].partition("\n\n")[0]
    return sorted(set(re.findall(r"--[a-z][\w-]*", "\n".join(line[:40] for line in options.splitlines()))))


def section(text, head):
    """Of a subsection, to the next one."""
    return re.split(r"^\.S[SH] ", text.partition(f"\n.SS {head}")[2], maxsplit=1, flags=re.M)[0]


@case("slipway(1) has each verb of --help with each of its options")
def verbs(world):
    text, names = page("slipway.1"), [name for name, _ in verbs_of_source()]
    equal(len(names) > 40, True, f"verbs that were found ({len(names)})")
    for name in names:
        contains(text, f"\n.SS slipway {name}", "slipway(1)")
        if name == "local":
            continue
        part = section(text, f"slipway {name}")
        for option in options_of(help_of(SLIPWAY, *name.split())):
            if option not in EVERY_VERBS:
                contains(part, option, f"slipway(1), {name}")
    for option in EVERY_VERBS:
        contains(text, option, "slipway(1)")


def verbs_of_source():
    """(name, arguments) as the verbs' own tables say, which is not what the page is made from."""
    source = "".join(path.read_text() for path in sorted((ROOT / "cli" / "verbs").glob("*.c")))
    return re.findall(r'const Verb verb_\w+ = \{\s*"([a-z -]+)",\s*"([^"]*)"', source)


@case("slipway-deploy(1), which tells more, leaves out no option of its verbs")
def careful(world):
    text = page("slipway-deploy.1")
    for verb in ("plan", "deploy", "pause", "resume", "approve"):
        for option in options_of(help_of(SLIPWAY, verb)):
            if option not in EVERY_VERBS:
                contains(text, option, f"slipway-deploy(1), {verb}")


@case("slipwayd(8) has each verb, option and setting")
def server(world):
    text = page("slipwayd.8")
    for words in (["init"], ["serve"], ["keys", "create"]):
        part = section(text, f"slipwayd {' '.join(words)}")
        for option in options_of(help_of(SLIPWAYD, *words)):
            contains(part, option, f"slipwayd(8), {words}")
    settings = re.findall(r"^  X \((\w+),", (ROOT / "server" / "settings.h").read_text(), re.M)
    equal(len(settings) > 30, True, f"settings that were found ({len(settings)})")
    for setting in settings:
        contains(text, f"\n.B {setting}: ", "slipwayd(8)")


@case("integrations.yml(5) has each section, driver and key")
def integrations(world):
    text, folder = page("integrations.yml.5"), ROOT / "server" / "integrations"
    source = "".join(path.read_text() for path in sorted(folder.glob("integrations*.[ch]")) if "-test" not in path.name)
    keys = set(re.findall(r'\{ "(\w+)", INTEGRATIONS_FIELD_', source))
    drivers = set(re.findall(r'X \(\w+_DRIVER_\w+, "(\w+)"\)', source))
    equal((len(keys) > 15, len(drivers) > 6), (True, True), f"keys and drivers that were found ({keys}, {drivers})")
    for word in keys | drivers | {"aws", "balancers", "alarms", "triggers", "events", "inventory", "driver", "endpoints"}:
        if not re.search(rf"\b{word}\b", text):
            raise Failure(f"integrations.yml(5) does not tell of {word}")


@case("no page makes groff complain")
def layout(world):
    if not shutil.which("groff"):
        raise Skip("groff is not installed")
    pages = [*(ROOT / "man").glob("*.[158]"), *(BUILD / "man").glob("*.[158]")]
    equal(len(pages) > 8, True, f"pages ({pages})")
    for path in pages:
        done = subprocess.run(["groff", "-man", "-Tutf8", "-ww", path], cwd=ROOT / "man", text=True, capture_output=True,
                              timeout=60 * PATIENCE)
        said = [line for line in done.stderr.splitlines() if "can't open" not in line and "can't break" not in line]
        equal(said, [], f"what groff says of {path.name}")


if __name__ == "__main__":
    main(globals())

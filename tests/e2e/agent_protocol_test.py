#!/usr/bin/env python3
"""The agent's side of the wire (the checklist's parts 10.1 and 10.2), against a scripted service."""

import time

from harness import *
from scripted_proxy import ScriptedProxy
from scripted_service import *

APPSPEC = "version: 0.0\nos: linux\n"


def bundle(world, files, name="bundle"):
    """A zip with these files, as bytes."""
    target = world.folder / f"{name}.zip"
    with zipfile.ZipFile(target, "w") as archive:
        for path, text in files.items():
            info = zipfile.ZipInfo(path)
            info.external_attr = (0o100755 if path.endswith(".sh") else 0o100644) << 16
            archive.writestr(info, text)
    return target.read_bytes()


def hook(event, script="hook.sh", **options):
    lines = "".join(f"      {name}: {value}\n" for name, value in options.items())
    return f"{APPSPEC}hooks:\n  {event}:\n    - location: {script}\n{lines}"


@case("1, 3, 5: a poll is a signed JSON 1.1 POST with a version header")
def poll_shape(world):
    service = ScriptedService(world)  # which holds every call against command_wire.py: method, path, signed headers, scope
    agent = service.agent(start=False)
    equal((agent.root / ".version").exists(), False, "a version file")
    agent.start()
    call = wait_until("a poll", lambda: service.operations("PollHostCommand"))[0]
    equal(call.target, "CodeDeployCommandService_v20141006.PollHostCommand")
    equal(call.headers.get("content-type"), "application/x-amz-json-1.1")
    equal(call.body, {"HostIdentifier": service.arn})
    equal(call.service, "codedeploy-commands")
    equal(call.signature_ok, True, "signature")
    contains(call.headers.get("x-amz-codedeploy-agent-version", ""), "slipway")


@case("2: enable_auth_policy chooses the secure variant")
def secure_variant(world):
    service = ScriptedService(world)
    service.agent(enable_auth_policy=True)
    call = wait_until("a poll", lambda: service.operations("PollHostCommand"))[0]
    equal(call.target, "CodeDeployCommandService.PollHostCommand")
    equal(call.service, "codedeploy-commands-secure")
    equal(call.signature_ok, True, "signature")


@case("4: the version file's version is sent")
def version_file(world):
    service = ScriptedService(world)
    agent = service.agent(start=False)
    (agent.root / ".version").write_text("agent_version: OFFICIAL_9.9.9-1_deb\n")
    agent.start()
    service.succeed("ApplicationStop", service.document())
    equal({(call.operation, call.headers.get("x-amz-codedeploy-agent-version")) for call in service.calls},
          {(operation, "OFFICIAL_9.9.9-1_deb") for operation in (
              "PollHostCommand", "GetDeploymentSpecification", "PutHostCommandAcknowledgement", "PutHostCommandComplete")})


@case("6, 7, 8: where commands come from: by region, by variant, or as configured")
def endpoints(world):
    service, proxy = ScriptedService(world), ScriptedProxy(world)
    for number, (region, config, expected) in enumerate([
            ("us-west-2", {}, "codedeploy-commands.us-west-2.amazonaws.com:443"),
            ("us-west-2", {"use_fips_mode": True}, "codedeploy-commands-fips.us-west-2.amazonaws.com:443"),
            ("us-west-2", {"enable_auth_policy": True}, "codedeploy-commands-secure.us-west-2.amazonaws.com:443"),
            ("us-west-2", {"enable_auth_policy": True, "use_fips_mode": True},
             "codedeploy-commands-secure-fips.us-west-2.amazonaws.com:443"),
            ("cn-north-1", {}, "codedeploy-commands.cn-north-1.amazonaws.com.cn:443"),
            ("eusc-de-east-1", {}, "codedeploy-commands.eusc-de-east-1.amazonaws.eu:443"),
            ("cn-north-1", {"deploy_control_endpoint": "https://commands.example.test:8443"}, "commands.example.test:8443")]):
        agent = service.agent(f"host-{number}", start=False, proxy_uri=proxy.url, **{"deploy_control_endpoint": "", **config})
        identity = agent.root / "codedeploy.onpremises.yml"
        identity.write_text(identity.read_text().replace(REGION, region))
        proxy.asked.clear()
        agent.start()
        wait_until("the proxy to be asked", lambda: proxy.asked)
        agent.stop()
        equal({target for target, _ in proxy.asked}, {f"CONNECT {expected}"})
    equal(service.calls, [])


@case("9, 10, 12: empty polls, other hosts' commands and nameless commands lead to no further call")
def nothing_to_do(world):
    service = ScriptedService(world)
    answers = [{}, {"HostCommand": None}]
    service.on["PollHostCommand"] = lambda body: answers.pop() if answers else None
    service.agent()
    service.command("ApplicationStop", service.document(), host="arn:aws:iam::1:user/somebody-else")
    service.command("ApplicationStop", service.document(), host=f"{service.arn}x")
    for name in ("", None):
        service.command(name, service.document())
    service.polls_after_now(8)
    equal(list(service.queue), [], "commands that were not handed out")
    equal({call.operation for call in service.calls}, {"PollHostCommand"})


@case("11, 13, 14, 24, 25: specification, acknowledgement and completion, in this order")
def order_of_calls(world):
    service = ScriptedService(world)
    agent = service.agent()
    document = service.document()
    done = service.run("ApplicationStop", document, host="user/AWS/CodeDeploy/web")
    # which makes the deployment's folder, though there is nothing to run (agent.md 3.1)
    equal((agent.deployment_root / document["DeploymentGroupId"] / document["DeploymentId"]).is_dir(), True, "folder")
    calls = [call for call in service.calls if call.operation != "PollHostCommand"]
    equal([call.operation for call in calls],
          ["GetDeploymentSpecification", "PutHostCommandAcknowledgement", "PutHostCommandComplete"])
    (identifier, (execution,)) = (list(service.completions)[0], list(service.documents))
    equal(calls[0].body, {"HostIdentifier": service.arn, "DeploymentExecutionId": execution})
    equal([call.body["HostCommandIdentifier"] for call in calls[1:]], [identifier] * 2)
    equal(calls[1].body["Diagnostics"], {"Format": "JSON", "Payload": '{"IsCommandNoop":true}'})
    equal(all(call.signature_ok for call in calls), True, "signatures")
    equal((done.status, done.code, done.script, done.log), ("Succeeded", 0, "", ""))
    equal(done.message.startswith("Succeeded"), True, done.message)


@case("15 to 18, 34: what is not a signed specification of CodeDeploy fails with code 5")
def bad_envelopes(world):
    service = ScriptedService(world)
    agent = service.agent()
    good = service.document()
    signed = service.sign(good)
    lines = signed.splitlines()
    lines[6] = lines[6][:10] + ("A" if lines[6][10] != "A" else "B") + lines[6][11:]
    cases = {
        "another system": service.specification(signed, system="Other"),
        "no specification": {"DeploymentSystem": "CodeDeploy"},
        "format XML": service.specification(signed, "XML"),
        "format null": service.specification(signed, None),
        "TEXT/JSON": service.specification(json.dumps(good), "TEXT/JSON"),
        "tampered": service.specification("\n".join(lines) + "\n"),
        "garbage": service.specification("-----BEGIN PKCS7-----\nAAAA\n-----END PKCS7-----\n"),
        "not JSON": service.specification(service.sign("no json")),
    }
    said = {}
    for name, answer in cases.items():
        done = service.run("Install", lambda answer=answer: answer)
        equal((name, done.status, done.code, done.script, done.log), (name, "Failed", 5, "", ""))
        said[name] = done.message
    equal(len({said[name] for name in ("another system", "no specification", "format XML", "tampered")}), 4, f"meanings: {said}")
    equal((agent.deployment_root / good["DeploymentGroupId"]).exists(), False, "anything that was executed")
    equal(service.operations("PutHostCommandAcknowledgement"), [])


def expired_certificate(folder):
    """Key and certificate of 2020, which `openssl req` does not make."""
    config = folder / "ca.cnf"
    (folder / "index.txt").touch()
    config.write_text(f"[ca]\ndefault_ca = d\n[d]\ndir = {folder}\ndatabase = {folder}/index.txt\nnew_certs_dir = {folder}\n"
                      "rand_serial = yes\ndefault_md = sha256\npolicy = p\n[p]\ncommonName = supplied\n")
    key, request, certificate = (folder / f"expired.{suffix}" for suffix in ("key", "csr", "pem"))
    for argv in (["req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", request, "-subj", "/CN=expired"],
                 ["ca", "-batch", "-notext", "-config", config, "-selfsign", "-keyfile", key, "-in", request, "-out", certificate,
                  "-startdate", "200101000000Z", "-enddate", "200102000000Z"]):
        subprocess.run(["openssl", *map(str, argv)], check=True, capture_output=True)
    return key, certificate


@case("35: any signer is accepted without a trust anchor, even an expired one; with one, chain and purpose count")
def signers(world):
    service = ScriptedService(world)
    other_key, other = service.make_signer(["extendedKeyUsage=codeSigning"], "other")
    tls_key, tls = service.make_signer(["extendedKeyUsage=serverAuth"], "tls")
    free = service.agent("free")
    document = service.document()
    equal(service.run("ApplicationStop", lambda: service.specification(service.sign(document, other_key, other))).status, "Succeeded")
    expired_key, expired = expired_certificate(world.folder)
    equal(service.run("ApplicationStop", lambda: service.specification(service.sign(document, expired_key, expired))).status, "Succeeded")
    free.stop()
    bound = service.agent("bound", spec_signer_ca=str(service.certificate))
    equal(service.run("ApplicationStop", document).status, "Succeeded")
    done = service.run("ApplicationStop", lambda: service.specification(service.sign(document, other_key, other)))
    equal((done.status, done.code), ("Failed", 5))
    bound.stop()
    service.agent("purpose", spec_signer_ca=str(tls))
    done = service.run("ApplicationStop", lambda: service.specification(service.sign(document, tls_key, tls)))
    equal((done.status, done.code), ("Failed", 5))


@case("19 to 22: the acknowledgement's answer decides")
def acknowledgements(world):
    service = ScriptedService(world)
    service.objects["bucket/key"] = bundle(world, {"appspec.yml": hook("BeforeInstall"), "hook.sh": "#!/bin/sh\ntouch $HOST_ROOT/ran\n"})
    agent = service.agent()
    document = service.document()
    service.succeed("DownloadBundle", document)
    ran = agent.root / "ran"

    for status in ("Succeeded", "Failed"):
        service.on["PutHostCommandAcknowledgement"] = lambda body, status=status: {"CommandStatus": status}
        identifier = service.command("BeforeInstall", document)
        service.polls_after_now(3)
        equal((status, service.completions[identifier], ran.exists()), (status, [], False))
    done = service.run("ApplicationStart", document)
    equal((done.status, done.message), ("Succeeded", "Succeeded: CompletedNoopCommand"))

    for answer in ({"CommandStatus": "InProgress"}, {"CommandStatus": "Pending"}, {"CommandStatus": None}, {}, {"CommandStatus": "Resting"}):
        ran.unlink(missing_ok=True)
        service.on["PutHostCommandAcknowledgement"] = lambda body, answer=answer: answer
        equal((answer, service.run("BeforeInstall", document).status, ran.exists()), (answer, "Succeeded", True))


@case("23: DownloadBundle and Install are never no-ops")
def never_noops(world):
    service = ScriptedService(world)
    service.objects["bucket/key"] = bundle(world, {"appspec.yml": APPSPEC})
    service.agent()
    document = service.document()
    service.succeed("DownloadBundle", document)
    service.succeed("Install", document)
    for call in service.operations("PutHostCommandAcknowledgement"):
        equal(call.body["Diagnostics"]["Payload"], '{"IsCommandNoop":false}')


@case("answers may have members that nobody knows, and numbers of any size")
def generous_reading(world):
    service = ScriptedService(world)
    service.agent()
    document, plain_poll = service.document(), service.poll

    def poll(body, connection):
        answer = plain_poll(body, connection)
        if answer.get("HostCommand"):
            answer["HostCommand"].update(Nonce=9223372036854775807, Unknown={"a": [None, 1.5]}, HostIdentifier=service.arn[-5:])
        return {**answer, "ResponseMetadata": {"RequestId": "r"}}

    service.poll = poll
    service.on["PutHostCommandAcknowledgement"] = lambda body: {"CommandStatus": "InProgress", "Unknown": []}
    specification = service.specification(service.sign(document))
    specification["DeploymentSpecification"].update(VariantId="v", VariantEnvelope={"Format": "x", "Payload": ""}, Unknown=1)
    equal(service.run("ApplicationStop", lambda: {**specification, "Unknown": None}).status, "Succeeded")


@case("26: each failed command is reported once: unknown, refused, of a script, of Install, without a download")
def one_report(world):
    service = ScriptedService(world)
    service.objects["bucket/key"] = bundle(world, {
        "appspec.yml": hook("BeforeInstall") + "files:\n  - source: missing\n    destination: /nowhere\n", "hook.sh": "#!/bin/sh\nexit 3\n"})
    agent = service.agent()
    document, unknown = service.document(), service.document(group="unknown")
    service.succeed("DownloadBundle", document)
    for name, of, code, word in (
            ("Reboot", unknown, 5, "unsupported"), ("BeforeInstall", document, 4, "hook.sh"), ("Install", document, 5, "missing"),
            ("AfterInstall", service.document(), 5, "AppSpec"), ("DownloadBundle", service.document(key="none"), 5, "none"),
            ("ApplicationStop", {"DeploymentId": "d-X"}, 5, "DeploymentGroupId")):
        identifier = service.command(name, of)
        done = service.result(identifier)
        equal((name, done.status, done.code), (name, "Failed", code))
        contains(done.message, word)
    service.polls_after_now(2)
    equal([len(reports) for reports in service.completions.values()], [1] * 7)
    equal((agent.deployment_root / "unknown").exists(), False, "folder of an unsupported command")


def reports_of(service, identifier):
    return [call for call in service.operations("PutHostCommandComplete") if call.body["HostCommandIdentifier"] == identifier]


@case("27, 37: a report is repeated, unchanged and with growing pauses, until the service answers it")
def report_retried(world):
    service = ScriptedService(world)
    service.objects["bucket/key"] = bundle(world, {"appspec.yml": hook("BeforeInstall"), "hook.sh": "#!/bin/sh\necho x >>$HOST_ROOT/runs\n"})
    agent = service.agent(http_read_timeout=1)
    document = service.document()
    service.succeed("DownloadBundle", document)

    def too_late():
        time.sleep(1.2)
        return 200, {}

    troubles = [too_late, lambda: DROP, lambda: (429, {"__type": "ThrottlingException"}),
                lambda: (400, {"__type": "ThrottlingException", "message": "Rate exceeded"})]
    service.on["PutHostCommandComplete"] = lambda body: troubles.pop(0)() if troubles else None
    identifier = service.command("BeforeInstall", document)
    equal(service.result(identifier).status, "Succeeded")
    reports = reports_of(service, identifier)
    equal(len(reports), 5)
    equal(all(report.body == reports[0].body for report in reports), True, "unchanged reports")
    pauses = [after.time - before.time for before, after in zip(reports, reports[1:])]
    if any(pause < 0.2 * 2 ** number - 0.01 for number, pause in enumerate(pauses)):
        raise Failure(f"the reports came too soon after each other: {pauses}")
    equal((agent.root / "runs").read_text(), "x\n")


@case("lost answers to specification and acknowledgement are asked for again")
def pickup_retried(world):
    service = ScriptedService(world)
    service.agent()
    for operation in ("GetDeploymentSpecification", "PutHostCommandAcknowledgement"):
        troubles = [DROP, (503, {"__type": "ServiceUnavailable"})]
        service.on[operation] = lambda body: troubles.pop(0) if troubles else None
        equal(service.run("ApplicationStop", service.document()).status, "Succeeded")
        equal(troubles, [])


@case("28, 29, 38: failing polls are spaced out; a good one starts afresh")
def poll_backoff(world):
    service = ScriptedService(world, hold_s=0.05)
    troubles = [(400, {"__type": "AccessDeniedException"})] * 5
    service.on["PollHostCommand"] = lambda body: troubles.pop() if troubles else None
    agent = service.agent(poll_backoff_first=0.2)
    wait_until("six polls", lambda: len(service.operations("PollHostCommand")) >= 6)
    times = [call.time for call in service.operations("PollHostCommand")][:6]
    for number, expected in enumerate((0.2, 0.26, 0.34, 0.42, 0.54)):
        gap = times[number + 1] - times[number]
        if not expected - 0.02 <= gap <= expected + 0.25 * PATIENCE:
            raise Failure(f"pause {number + 1} took {gap:.3f} s, expected {expected} s")
    contains(tail(agent.log), "check the keys")
    troubles.append((500, {"__type": "ServerException"}))
    before = len(service.calls)
    wait_until("more polls", lambda: len(service.calls) > before + 3)
    times = [call.time for call in service.calls[before:before + 4]]
    if max(b - a for a, b in zip(times, times[1:])) > 0.26 + 0.25 * PATIENCE:
        raise Failure(f"the pauses did not start afresh: {times}")


@case("30: a held poll is waited for; one held past http_read_timeout is given up, and counts as failed")
def poll_timeout(world):
    service = ScriptedService(world, hold_s=30)
    agent = service.agent(http_read_timeout=1)
    wait_until("a second poll", lambda: len(service.operations("PollHostCommand")) >= 2)
    first, second = service.operations("PollHostCommand")[:2]
    if not 0.9 <= second.time - first.time <= 3 * PATIENCE:
        raise Failure(f"the second poll came after {second.time - first.time:.2f} s")
    contains(tail(agent.log), "polling failed")
    contains(tail(agent.log).lower(), "timed out")
    service.hold_s = 0.5
    before = tail(agent.log).count("polling failed")
    service.polls_after_now(3)  # these are held for half of the time
    equal(tail(agent.log).count("polling failed") <= before + 1, True, "a held poll is no failure")


@case("31: while a hook runs, another deployment's command is carried out")
def parallel_commands(world):
    service = ScriptedService(world)
    service.objects["bucket/key"] = bundle(world, {"appspec.yml": hook("BeforeInstall"), "hook.sh":
        "#!/bin/sh\nwhile [ ! -e $HOST_ROOT/go ]; do sleep 0.05; done\n"})
    agent = service.agent()
    slow = service.document(group="group-slow")
    service.succeed("DownloadBundle", slow)
    identifier = service.command("BeforeInstall", slow)
    equal(service.run("ApplicationStop", service.document(group="group-fast")).status, "Succeeded")
    equal(service.completions[identifier], [])
    (agent.root / "go").touch()
    equal(service.result(identifier).status, "Succeeded")


@case("32: a command that is delivered again runs once: while it runs, after it has ended, and after a restart")
def delivered_twice(world):
    service = ScriptedService(world)
    service.objects["bucket/key"] = bundle(world, {"appspec.yml": hook("BeforeInstall"), "hook.sh":
        "#!/bin/sh\necho x >>$HOST_ROOT/runs\nsleep 0.5\nexit 3\n"})
    agent = service.agent()
    document = service.document()
    service.succeed("DownloadBundle", document)
    identifier = service.command("BeforeInstall", document)
    wait_until("the hook", (agent.root / "runs").exists)
    service.command("BeforeInstall", document, identifier=identifier)
    first = service.result(identifier)
    service.command("BeforeInstall", document, identifier=identifier)
    wait_until("the result again", lambda: len(service.completions[identifier]) >= 2)
    equal(service.completions[identifier][1], first)
    equal((agent.root / "runs").read_text(), "x\n")

    # the report was never answered: the record outlives the agent
    service.on["PutHostCommandComplete"] = lambda body: DROP
    second = service.command("BeforeInstall", document)
    wait_until("a report", lambda: [c for c in service.operations("PutHostCommandComplete") if c.body["HostCommandIdentifier"] == second])
    agent.kill()
    service.on.pop("PutHostCommandComplete")
    service.command("BeforeInstall", document, identifier=second)
    agent.start()
    equal(service.result(second), first)
    service.polls_after_now(3)
    equal((agent.root / "runs").read_text(), "x\nx\n")
    equal(list((agent.deployment_root / "finished-commands").iterdir()), [])
    equal(list((agent.deployment_root / "ongoing-deployment").iterdir()), [])


@case("36: diagnostics never exceed 8192 characters")
def diagnostics_size(world):
    service = ScriptedService(world)
    script = '#!/usr/bin/env python3\nimport sys\nsys.stdout.write(("\\x01\\"\\\\" * 20 + "\\n") * 1000)\nsys.exit(3)\n'
    service.objects["bucket/key"] = bundle(world, {"appspec.yml": hook("BeforeInstall"), "hook.sh": script})
    service.agent()
    document = service.document()
    service.succeed("DownloadBundle", document)
    done = service.run("BeforeInstall", document)
    equal((done.status, done.code), ("Failed", 4))
    if len(done.payload) > 8192 or len(done.log) < 500:
        raise Failure(f"payload has {len(done.payload)} characters, log {len(done.log)}")


@case("33: an untrusted certificate, and one of another name, are never polled; the log says why")
def untrusted_server(world):
    key, certificate = ScriptedService(world).make_signer(["subjectAltName=DNS:localhost"], "tls")
    service = ScriptedService(world, tls=(key, certificate))
    for name, config, endpoint in (("untrusted", {}, service.http),
                                   ("misnamed", {"ssl_ca_bundle": str(certificate)}, f"https://127.0.0.1:{service.port}")):
        agent = service.agent(name, deploy_control_endpoint=endpoint, **config)
        wait_until("a second complaint", lambda: tail(agent.log).lower().count("certificate") >= 2)
        agent.stop()
        equal((name, service.calls, service.start_checks), (name, [], 0))
    service.agent("trusting", ssl_ca_bundle=str(certificate))
    service.succeed("ApplicationStop", service.document())
    equal(service.start_checks, 1, "checks before the first poll")


if __name__ == "__main__":
    main(globals())

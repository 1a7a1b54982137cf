#!/usr/bin/env python3
"""A server on PostgreSQL: made, served, killed, without its database for a while; and where passwords may stand."""
import http.client
import random
import threading

from harness import *

HOSTS = ["host-1", "host-2", "host-3"]
HOOK = """#!/bin/sh
echo "$DEPLOYMENT_ID $LIFECYCLE_EVENT" >> "$HOST_ROOT/events"
sleep 0.03
"""


class Fleet:
    """Three hosts, a group, a revision; calls that wait until the server and its database are there."""

    def __init__(self, world, server, hosts=HOSTS):
        self.server, self.client, self.agents = server, server.client(timeout_s=20), {}
        self.call("CreateApplication", applicationName="web")
        self.call("CreateDeploymentGroup", applicationName="web", deploymentGroupName="fleet", serviceRoleArn=SERVICE_ROLE,
                  onPremisesInstanceTagFilters=[{"Key": "fleet", "Value": "yes", "Type": "KEY_AND_VALUE"}])
        for name in hosts:
            self.agents[name] = world.agent(server, name, tags={"fleet": "yes"},
                                            extra_config={"poll_backoff_first": 0.2})
        equal(self.client.s3("PUT", "/releases").status, 200, "status of making a bucket")
        folder = revision_folder(world.folder / "good", {"readme": "good"}, EVENTS, HOOK)
        bundle = tar_folder(folder, world.folder / "good.tgz").read_bytes()
        equal(self.client.s3("PUT", "/releases/good.tgz", bundle).status, 200, "status of the upload")

    def call(self, operation, **arguments):
        deadline = time.monotonic() + 60 * PATIENCE
        while True:
            try:
                return self.client.call(operation, **arguments)
            except (OSError, http.client.HTTPException) as error:
                problem = error
                self.client.close()
            except Refused as error:
                if error.status < 500:
                    raise
                problem = error
            if time.monotonic() > deadline:
                raise Failure(f"{operation}: {problem!r}")
            time.sleep(0.05)

    def active(self):
        return self.call("ListDeployments", applicationName="web", deploymentGroupName="fleet",
                         includeOnlyStatuses=["Created", "Queued", "InProgress"])["deployments"]

    def create(self, config):
        """Once, although the answer may be lost: of a group only one deployment is active."""
        location = {"revisionType": "S3", "s3Location": {"bucket": "releases", "key": "good.tgz", "bundleType": "tgz"}}
        try:
            return self.call("CreateDeployment", applicationName="web", deploymentGroupName="fleet", revision=location,
                             deploymentConfigName=f"CodeDeployDefault.{config}")["deploymentId"]
        except Refused as error:
            equal(error.name, "DeploymentLimitExceededException", "why a second CreateDeployment is refused")
            return self.active()[0]

    def finish(self, deployment_id):
        def over():
            info = self.call("GetDeployment", deploymentId=deployment_id)["deploymentInfo"]
            return info if info["status"] in ("Succeeded", "Failed", "Stopped") else None
        return wait_until(f"the end of {deployment_id}", over, timeout_s=90, pause_s=0.1)

    def check(self, deployment_id):
        """It has succeeded everywhere, and no hook ran twice."""
        info = self.finish(deployment_id)
        equal(info["status"], "Succeeded", f"status of {deployment_id} ({info.get('errorInformation')})")
        for name, agent in self.agents.items():
            runs = [line.split() for line in (agent.root / "events").read_text().splitlines()]
            ran = [event for deployment, event in runs if deployment == deployment_id]
            equal(sorted(ran), sorted(set(ran)), f"hooks of {deployment_id} on {name}")
            lacking = set(EVENTS) - {"ApplicationStop"} - set(ran)
            equal(lacking, set(), f"hooks of {deployment_id} that did not run on {name}")


@case("init and serve on PostgreSQL, keys, and a deployment to a host")
def works(world):
    postgresql = world.postgresql()
    database = postgresql.new_database()
    server = world.server(store=postgresql.url(database))
    equal((server.data / "slipway.db").exists(), False, "an SQLite file")
    equal((server.data / "slipwayd.yml").stat().st_mode & 0o777, 0o600, "mode of the settings")
    contains(tail(server.log), f"/{database}", "the log at the start")
    fleet = Fleet(world, server, ["web-1"])
    fleet.check(fleet.create("AllAtOnce"))
    server.stop()
    server.start()
    fleet.client.close()
    equal(server.aws("deploy", "list-applications")["applications"], ["web"], "applications after a restart")
    equal(postgresql.sql("SELECT DISTINCT application_name FROM pg_stat_activity WHERE datname = current_database ()"
                         " AND pid <> pg_backend_pid ()", database), "slipwayd", "who is connected")


@case("names are listed in the order of code points, whatever the database's collation")
def order(world):
    server = world.server(store="postgresql")
    client = server.client()
    names = ["b", "B", "a", "_", "A1", "a1", "A", "-"]
    for name in names:
        client.call("CreateApplication", applicationName=name)
    equal(client.call("ListApplications")["applications"], sorted(names), "applications")


@case("kills of the server and of PostgreSQL in the middle of deployments change nothing but time")
def kills(world):
    seed = int(os.environ.get("SEED") or random.SystemRandom().randrange(1 << 32))
    diagnose(f"SEED={seed}")
    moments = random.Random(seed)
    postgresql = world.postgresql()
    server = world.server(store="postgresql")
    fleet = Fleet(world, server)

    def kill_server():
        server.kill()
        server.start()

    def kill_postgresql():
        postgresql.kill()
        postgresql.start()

    def stop_postgresql():
        postgresql.stop()
        postgresql.start()

    def kill_session():
        # One session's death by SIGKILL makes PostgreSQL end all others and recover.
        sessions = [int(pid) for pid in postgresql.sql(
            "SELECT pid FROM pg_stat_activity WHERE application_name = 'slipwayd'").split()]
        if sessions:
            os.kill(moments.choice(sessions), signal.SIGKILL)

    blows = [kill_server, kill_postgresql, stop_postgresql, kill_session]
    for round in range(4):
        deployment_id = fleet.create(["OneAtATime", "AllAtOnce"][round % 2])
        moments.shuffle(blows)
        for blow in blows:
            time.sleep(moments.uniform(0.0, 0.6))
            diagnose(f"{deployment_id}: {blow.__name__}")
            blow()
        fleet.check(deployment_id)
    equal(server.process.running(), True, "the server runs")


@case("without its database the server answers so, and goes on when it is back")
def outage(world):
    postgresql = world.postgresql()
    server = world.server(store="postgresql")
    fleet = Fleet(world, server, ["web-1"])
    client = server.client(timeout_s=30)
    postgresql.stop()
    try:
        client.call("CreateApplication", applicationName="lost")
        raise Failure("CreateApplication succeeded without a database")
    except Refused as error:
        equal(error.status >= 500, True, f"status {error.status} of a write")
        lacks(str(error), "slipway_", "what the client is told")
    equal(server.get("/healthz")[0], 503, "health without a database")
    contains(tail(server.log), "cannot connect", "the log")
    postgresql.start()
    wait_until("health", lambda: server.get("/healthz")[0] == 200)
    fleet.check(fleet.create("AllAtOnce"))
    equal(client.call("ListApplications")["applications"], ["web"], "applications")
    equal(server.process.running(), True, "the server runs")


def second_server(world, first):
    """Another on the same database, with a copy of its folder; its address."""
    second_data = world.folder / "second"
    shutil.copytree(first.data, second_data, ignore=shutil.ignore_patterns("slipwayd.lock", "slipwayd.address"))
    process = Process("second", [SLIPWAYD, "serve", "--data", second_data, "--listen", "127.0.0.1:0"], first.env,
                      world.folder / "second.log")
    world.logs.append(process.log)
    world.processes.append(process.start())
    return wait_until("the second server", lambda: (second_data / "slipwayd.address").exists()
                      and (second_data / "slipwayd.address").read_text().strip())


@case("two servers on one database lose nothing of what both write")
def two_servers(world):
    first = world.server("first", store="postgresql")
    address = second_server(world, first)
    made, problems = [], []

    def write(endpoint, prefix):
        client = first.client(endpoint=endpoint, timeout_s=60)
        try:
            for i in range(40):
                client.call("CreateApplication", applicationName=f"{prefix}-{i}")
                made.append(f"{prefix}-{i}")
                # The same rows for all of them.
                client.call("RegisterOnPremisesInstance", instanceName=f"{prefix}-{i}",
                            iamUserArn=f"arn:aws:iam::123456789012:user/{prefix}-{i}")
                client.call("AddTagsToOnPremisesInstances", instanceNames=[f"{prefix}-{i}"],
                            tags=[{"Key": "all", "Value": "same"}])
        except Exception as error:
            problems.append(f"{prefix}: {error!r}")

    threads = [threading.Thread(target=write, args=(endpoint, prefix)) for endpoint, prefix in (
        (first.http, "a"), (first.http, "b"), (f"http://{address}", "c"), (f"http://{address}", "d"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    equal(problems, [], "what went wrong")
    client = first.client()
    listed, token = [], {}
    while token is not None:
        page = client.call("ListApplications", **token)
        listed += page["applications"]
        token = {"nextToken": page["nextToken"]} if page.get("nextToken") else None
    equal(listed, sorted(made), "applications")
    equal(len(made), 160, "applications made")


class DoubleHost:
    """A host that polls both servers, and says twice, to each of them at the same time, what it has to say."""

    def __init__(self, first, endpoints, name):
        made = json.loads(first.client().request(
            "RegisterHost", json.dumps({"instanceName": name, "tags": [{"Key": "fleet", "Value": "yes"}]}),
            target="Slipway_20261101.RegisterHost").body)
        self.first, self.endpoints, self.arn = first, endpoints, made["iamUserArn"]
        self.keys = made["accessKeyId"], made["secretAccessKey"]
        self.begun, self.problems, self.lock, self.stopped = [], [], threading.Lock(), threading.Event()
        self.threads = [threading.Thread(target=self.run, args=(endpoint,)) for endpoint in endpoints]
        for thread in self.threads:
            thread.start()

    def ask(self, endpoint, operation, **body):
        client = self.first.client(endpoint=endpoint, keys=self.keys, timeout_s=60)
        answer = client.request(operation, json.dumps(body), "codedeploy-commands")
        if answer.status != 200:
            raise Refused(answer.status, *answer.error())
        return json.loads(answer.body) if answer.body else {}

    def run(self, endpoint):
        while not self.stopped.is_set():
            try:
                command = self.ask(endpoint, "PollHostCommand", HostIdentifier=self.arn).get("HostCommand")
                if command is not None:
                    self.obey(command["HostCommandIdentifier"])
            except Exception as error:
                self.problems.append(repr(error))

    def obey(self, command):
        if self.ask(random.choice(self.endpoints), "PutHostCommandAcknowledgement",
                    HostCommandIdentifier=command)["CommandStatus"] != "InProgress":
            return
        with self.lock:
            if command in self.begun:
                return
            self.begun.append(command)
        threads = [threading.Thread(target=self.complete, args=(endpoint, command)) for endpoint in self.endpoints]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def complete(self, endpoint, command):
        try:
            self.ask(endpoint, "PutHostCommandComplete", HostCommandIdentifier=command, CommandStatus="Succeeded")
        except Exception as error:
            self.problems.append(repr(error))

    def stop(self):
        self.stopped.set()
        for thread in self.threads:
            thread.join()


def create_everywhere(first, endpoints, group):
    """CreateDeployment, by eight clients of both servers at once; what they were answered."""
    answers = []

    def create(endpoint):
        answer = first.client(endpoint=endpoint, timeout_s=60).request("CreateDeployment", json.dumps({
            "applicationName": "web", "deploymentGroupName": group, "deploymentConfigName": "CodeDeployDefault.HalfAtATime",
            "revision": {"revisionType": "S3", "s3Location": {"bucket": "bucket", "key": "key", "bundleType": "tgz"}}}))
        answers.append(json.loads(answer.body)["deploymentId"] if answer.status == 200 else answer.error()[0])

    threads = [threading.Thread(target=create, args=(endpoints[i % 2],)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


@case("two servers on one database: a group has one deployment, and a command is done once, whoever hears of it")
def two_servers_deploy(world):
    first = world.server("first", store="postgresql", settings="poll_wait_s: 1\n")
    endpoints = [first.http, f"http://{second_server(world, first)}"]
    client, groups = first.client(), ("blog", "shop")
    client.call("CreateApplication", applicationName="web")
    for group in groups:
        client.call("CreateDeploymentGroup", applicationName="web", deploymentGroupName=group, serviceRoleArn=SERVICE_ROLE,
                    onPremisesInstanceTagFilters=[{"Key": "fleet", "Value": "yes", "Type": "KEY_AND_VALUE"}])
    hosts = [DoubleHost(first, endpoints, f"web-{i}") for i in range(4)]
    try:
        made = []
        for group in groups:
            answers = create_everywhere(first, endpoints, group)
            equal(sorted(answers)[:7], ["DeploymentLimitExceededException"] * 7, "the answers of all but one")
            made.append(max(answers))
        for deployment in made:
            info = wait_until("the end", lambda: next(
                (info for info in [client.call("GetDeployment", deploymentId=deployment)["deploymentInfo"]]
                 if info.get("completeTime")), None), timeout_s=60)
            equal((info["status"], info["deploymentOverview"]["Succeeded"]), ("Succeeded", 4), deployment)
    finally:
        for host in hosts:
            host.stop()
    equal([host.problems for host in hosts], [[]] * 4, "what hosts were refused")
    equal([len(host.begun) for host in hosts], [14] * 4, "commands that hosts began")


@case("a password is refused on the command line, and shown nowhere")
def passwords(world):
    postgresql = world.postgresql()
    database = postgresql.new_database()
    password = postgresql.new_user("ann", database)
    where = f"127.0.0.1:{postgresql.port}/{database}"
    secret_url, plain_url = f"postgresql://ann:{password}@{where}", f"postgresql://ann@{where}"
    env = clean_environment(world.folder)

    def slipwayd(*args, **extra):
        return subprocess.run([str(SLIPWAYD), *map(str, args)], env={**env, **extra}, text=True, capture_output=True,
                              timeout=60 * PATIENCE)

    def refused(done, part):
        equal(done.returncode != 0, True, "init is refused")
        contains(done.stderr, part, "what init says")
        lacks(done.stdout + done.stderr, password, "what init says")

    refused(slipwayd("init", "--data", world.folder / "a", "--store", secret_url), "--store-file")
    file = world.folder / "url"
    file.write_text(secret_url + "\n")
    file.chmod(0o644)
    refused(slipwayd("init", "--data", world.folder / "a", "--store-file", file), "chmod 600")
    refused(slipwayd("init", "--data", world.folder / "a", "--store", plain_url), "(~/.pgpass or PGPASSFILE can hold it)")
    refused(slipwayd("init", "--data", world.folder / "a", "--store", "mysql://ann:" + password + "@x"), "postgresql://")
    equal((world.folder / "a").exists(), False, "a folder although the database could not be used")

    # Ways that are safe: a file for libpq, a file for us.
    pgpass = world.folder / "pgpass"
    pgpass.touch(mode=0o600)
    pgpass.write_text(f"127.0.0.1:{postgresql.port}:{database}:ann:{password}\n")
    done = slipwayd("init", "--data", world.folder / "a", "--store", plain_url, PGPASSFILE=str(pgpass))
    equal((done.returncode, done.stderr), (0, ""), "init with PGPASSFILE")
    refused(slipwayd("init", "--data", world.folder / "a", "--store", plain_url, PGPASSFILE=str(pgpass)),
            "a is initialised already; nothing was changed")
    file.chmod(0o600)
    refused(slipwayd("init", "--data", world.folder / "b", "--store-file", file), "another data folder")
    equal((world.folder / "b").exists(), False, "a second folder")

    other = postgresql.new_database()
    postgresql.sql(f"ALTER DATABASE {other} OWNER TO ann")
    file.write_text(secret_url.replace(database, other))
    server = world.server("c", init_args=("--store-file", file), store="sqlite")
    settings = server.data / "slipwayd.yml"
    equal(settings.stat().st_mode & 0o777, 0o600, "mode of settings with a password")
    contains(settings.read_text(), password, "the settings, which are private")
    equal(server.aws("deploy", "list-applications")["applications"], [], "applications")
    server.keys_create("web-1")
    lacks(server.log.read_text(), password, "the log")
    lacks(pathlib.Path(f"/proc/{server.process.pid}/cmdline").read_text(), password, "the command line")
    postgresql.stop()
    client = server.client(timeout_s=30)
    try:
        client.call("CreateApplication", applicationName="lost")
    except Refused as error:
        lacks(str(error), password, "what a client is told")
    lacks(server.log.read_text(), password, "the log of an outage")
    server.stop()
    settings.chmod(0o644)
    done = slipwayd("serve", "--data", server.data, "--listen", "127.0.0.1:0")
    refused(done, "chmod 600")
    settings.chmod(0o600)
    refused(slipwayd("serve", "--data", server.data, "--set", f"store={secret_url}"), "--store-file")


@case("a data folder and a database that do not belong together are refused")
def strangers(world):
    postgresql = world.postgresql()
    first, second = world.server("first", store="postgresql"), world.server("second", store="postgresql")
    urls = {}
    for server in (first, second):
        server.stop()
        urls[server] = next(line for line in (server.data / "slipwayd.yml").read_text().splitlines()
                            if line.startswith("store:")).split('"')[1]
    done = first.run_slipwayd("serve", "--data", first.data, "--set", f"store={urls[second]}", check=False)
    equal(done.returncode, 1, "exit status with another's database")
    contains(done.stderr, "belongs to another data folder", "what serve says")
    empty = postgresql.new_url()
    done = first.run_slipwayd("serve", "--data", first.data, "--set", f"store={empty}", check=False)
    equal(done.returncode, 1, "exit status with an empty database")
    contains(done.stderr, "is empty", "what serve says")
    done = first.run_slipwayd("init", "--data", world.folder / "third", "--store", urls[second], check=False)
    equal(done.returncode, 1, "exit status of init on another's database")
    contains(done.stderr, "another data folder", "what init says")
    equal((world.folder / "third").exists(), False, "a third folder")
    first.start()
    equal(first.aws("deploy", "list-applications")["applications"], [], "applications")


if __name__ == "__main__":
    main(globals())

#!/usr/bin/env python3
"""What hostile or careless clients do to the object endpoint, and what large objects and buckets cost it."""
import concurrent.futures
import datetime
import hashlib
import hmac
import re
import urllib.parse

from harness import *
from signed_client import hmac_sha256
from wire import Connection


def stored(server):
    return sorted(p for p in (server.data / "objects").rglob("*") if p.is_file())


def peak_memory(server):
    """The most that the server has had in memory so far, in bytes."""
    status = pathlib.Path(f"/proc/{server.process.pid}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+) kB", status).group(1)) * 1024


def memory(server):
    status = pathlib.Path(f"/proc/{server.process.pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+) kB", status).group(1)) * 1024


def signed(client, method, path, body=b"", headers=None, payload=None):
    """An answer to a request with any headers; payload: see SignedClient.sign."""
    return client.send(method, path, client.sign(method, path, headers or {}, body, "s3", payload=payload), body)


def code(answer):
    found = re.search(rb"<Code>(\w+)</Code>", answer.body)
    return answer.status, found.group(1).decode() if found else ""


@case("keys that look like paths, controls or nothing at all stay keys")
def keys(world):
    server = world.server()
    client = server.client()
    client.s3("PUT", "/odd")
    odd = ["../../../../etc/passwd", "..", ".", "//", "/leading", "a//b", "trailing/", "tab%09", "line%0Abreak",
           "bell%07", "del%7F", "%E2%80%AE", "%F0%9F%92%A9", "sp%20ace", "plus%2B", "percent%2525", "q%3Fx%3D1", "CON",
           "k" * 1024]
    for key in odd:
        equal(client.s3("PUT", f"/odd/{key}", key.encode()).status, 200, f"putting {key!r}")
    for key in odd:
        answer = client.s3("GET", f"/odd/{key}")
        equal((answer.status, answer.body), (200, key.encode()), f"getting {key!r}")
    for bad in ("%FF", "%C0%AF", "%ED%A0%80", "a%00b", "%zz", "%", "k" * 1025):
        status, name = code(client.s3("PUT", f"/odd/{bad}", b"x"))
        equal(status, 400, f"putting {bad[:20]!r}: {name}")
    listed = client.s3("GET", "/odd?list-type=2&encoding-type=url").body.decode()
    for key in ("tab%09", "line%0Abreak", "bell%07", "../../../../etc/passwd", "percent%2525"):
        contains(listed, f"<Key>{key}</Key>", "the encoded listing")
    plain = client.s3("GET", "/odd?list-type=2").body.decode()
    contains(plain, "<Key>bell?</Key>", "a key that XML cannot carry")
    equal(len(stored(server)), len(odd), "contents, all in their folder")
    equal(all(re.fullmatch(r"[0-9a-f]{2}/[0-9a-f]{62}", str(p.relative_to(server.data / "objects")))
              for p in stored(server)), True, "names of contents")
    missing = client.s3("GET", "/odd/%3C%3E%0D%0AX-Evil%3A%201")
    equal(missing.status, 404, "a key that would like to be markup")
    contains(missing.body.decode(), "&lt;&gt;", "the key in the error")
    equal("X-Evil" in missing.headers, False, "a header from a key")
    evil = client.s3("GET", "/odd/CON?response-content-type=text/x%0D%0AX-Evil:%201")
    equal((evil.status, "X-Evil" in evil.headers), (200, False), "a header from a parameter")


@case("documents that explode, nest, never end or are too many")
def documents(world):
    server = world.server()
    client = server.client()
    client.s3("PUT", "/bombs")
    upload = re.search(rb"<UploadId>(.*)</UploadId>", client.s3("POST", "/bombs/k?uploads").body).group(1).decode()
    before = memory(server)
    laughs = "".join(f'<!ENTITY e{i} "{f"&e{i - 1};" * 10 if i else "ha"}">' for i in range(10))
    part = "<Part><PartNumber>{}</PartNumber><ETag>0</ETag></Part>"
    many = "".join(part.format(i) for i in range(1, 10002))
    rows = [
        ("POST", "/bombs?delete", f"<!DOCTYPE d [{laughs}]><Delete><Object><Key>&e9;</Key></Object></Delete>"),
        ("POST", "/bombs?delete", '<!DOCTYPE d SYSTEM "file:///etc/passwd"><Delete><Object><Key>a</Key></Object></Delete>'),
        ("POST", "/bombs?delete", '<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><Delete><Object><Key>&x;</Key></Object></Delete>'),
        ("POST", "/bombs?delete", "<Delete>" + "<a>" * 100000),
        ("POST", "/bombs?delete", "<Delete>" + "<a>" * 5000 + "</a>" * 5000 + "</Delete>"),
        ("POST", "/bombs?delete", "<Delete>" + "<Object><Key>k</Key></Object>" * 1001 + "</Delete>"),
        ("POST", f"/bombs/k?uploadId={upload}", f"<CompleteMultipartUpload>{many}</CompleteMultipartUpload>"),
        ("PUT", "/bombs/k?tagging", "<Tagging>"),
        ("PUT", "/bombs?tagging", "<Tagging/>"),
        ("PUT", "/bombs?versioning", "<VersioningConfiguration><Status>On</Status></VersioningConfiguration>"),
    ]
    for method, path, text in rows:
        equal(code(client.s3(method, path, text.encode())), (400, "MalformedXML"), f"{method} {path} {text[:60]}")
    for text in ("{" * 20000, '{"Version": "2012-10-17", "Statement": ' + "[" * 10000, "\x00" * 100):
        equal(code(client.s3("PUT", "/bombs?policy", text.encode())), (400, "MalformedPolicy"), f"a policy {text[:10]!r}")
    equal(code(client.s3("POST", "/bombs?delete", b" " * (4 * 1024 * 1024 + 1))), (400, "EntityTooLarge"), "5 MiB of XML")
    wanted = "".join(part.format(i) for i in range(1, 10001))
    equal(code(client.s3("POST", f"/bombs/k?uploadId={upload}",
                         f"<CompleteMultipartUpload>{wanted}</CompleteMultipartUpload>".encode())),
          (400, "InvalidPart"), "10,000 parts that are not there")
    equal(memory(server) - before < 64 * 1024 * 1024, True, "memory after all that")


@case("ranges at and beyond the edges of numbers")
def ranges(world):
    server = world.server()
    client = server.client()
    client.s3("PUT", "/ranges")
    client.s3("PUT", "/ranges/k", b"0123456789")
    client.s3("PUT", "/ranges/empty", b"")
    rows = [
        ("bytes=0-0", 206, b"0"), ("bytes=9-", 206, b"9"), ("bytes=-3", 206, b"789"), ("bytes=-99", 206, b"0123456789"),
        ("bytes=5-99999999999999999999999", 200, b"0123456789"), ("bytes=5-18446744073709551615", 206, b"56789"),
        ("bytes=18446744073709551615-", 416, None), ("bytes=99999999999999999999-", 200, b"0123456789"),
        ("bytes=10-", 416, None), ("bytes=-0", 416, None), ("bytes=5-4", 200, b"0123456789"),
        ("bytes=0-1,3-4", 200, b"0123456789"), ("bytes=" + "0-0," * 1000 + "1-1", 200, b"0123456789"),
        ("bytes=-", 200, b"0123456789"), ("lines=0-1", 200, b"0123456789"), ("bytes= 0-1", 200, b"0123456789"),
    ]
    for value, status, body in rows:
        answer = signed(client, "GET", "/ranges/k", headers={"Range": value})
        equal(answer.status, status, f"status of {value[:40]}")
        if body is not None:
            equal(answer.body, body, f"bytes of {value[:40]}")
    equal(signed(client, "GET", "/ranges/empty", headers={"Range": "bytes=0-"}).status, 416, "a range of nothing")
    begun = client.s3("POST", "/ranges/copy?uploads").body
    upload = re.search(rb"<UploadId>(.*)</UploadId>", begun).group(1).decode()
    for value in ("bytes=0-10", "bytes=5-4", "bytes=0-", "bytes=0-99999999999999999999", "0-1"):
        answer = signed(client, "PUT", f"/ranges/copy?uploadId={upload}&partNumber=1",
                        headers={"x-amz-copy-source": "ranges/k", "x-amz-copy-source-range": value})
        equal(answer.status in (400, 416), True, f"copying {value}: {answer.status}")


@case("aws-chunked bodies that lie about themselves leave nothing")
def chunked(world):
    server = world.server()
    client = server.client()
    client.s3("PUT", "/lies")
    kind = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
    good = b"5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n"
    say = {"x-amz-decoded-content-length": "5", "x-amz-trailer": "x-amz-checksum-crc32", "Content-Encoding": "aws-chunked"}
    answer = signed(client, "PUT", "/lies/good", good, say, kind)
    equal(answer.status, 200, f"a body that does not lie: {answer.body.decode()}")
    lies = [
        (good, {"x-amz-decoded-content-length": "6"}), (good, {"x-amz-decoded-content-length": "4"}),
        (good, {"x-amz-decoded-content-length": "-1"}), (good, {"x-amz-decoded-content-length": "99999999999999999999"}),
        (good, {"x-amz-decoded-content-length": str(6 * 1024 ** 3)}), (good, {"x-amz-trailer": "x-amz-checksum-sha1"}),
        (good.replace(b"NhCmhg", b"AAAAAA"), {}), (good.replace(b"5\r\n", b"6\r\n", 1), {}),
        (good.replace(b"5\r\n", b"ffffffffffffffff\r\n", 1), {}), (good.replace(b"5\r\n", b"-5\r\n", 1), {}),
        (good.replace(b"5\r\n", b"5;" + b"x" * 100000 + b"\r\n", 1), {}), (good[:-4], {}), (good[:10], {}),
        (b"", {}), (good + b"more", {}), (good.replace(b"\r\n0\r\n", b"\r\n0;x\r\n" + b"y" * 100000), {}),
    ]
    for body, more in lies:
        answer = signed(client, "PUT", "/lies/bad", body, dict(say, **more), kind)
        equal(400 <= answer.status < 500, True, f"{body[:40]} {more}: {answer.status} {answer.body.decode()}")
    equal(client.s3("GET", "/lies/bad").status, 404, "the object of the lies")
    wait_until("nothing to be left of them", lambda: len(stored(server)) == 1)


@case("an upload of hundreds of MiB and its way back take no memory to speak of")
def large(world):
    server = world.server()
    client = server.client(timeout_s=300)
    client.s3("PUT", "/large")
    client.s3("PUT", "/large/warm", b"x" * 100000)
    size, block = 384 * 1024 * 1024, os.urandom(1024 * 1024)
    before = peak_memory(server)

    def blocks():
        for i in range(size // len(block)):
            yield i.to_bytes(8, "big") + block[8:]

    path, digest = "/large/k", hashlib.sha256()
    with Connection(server.address, timeout_s=300) as connection:
        connection.send(f"PUT {presign(client, 'PUT', path)} HTTP/1.1\r\nHost: {server.address}\r\nContent-Length: {size}\r\n\r\n".encode())
        for piece in blocks():
            digest.update(piece)
            connection.send(piece)
        answer = connection.answer("PUT")
        equal(answer.status, 200, f"the upload: {answer}")
    back = hashlib.sha256()
    with urllib.request.urlopen(server.http + presign(client, "GET", path), timeout=300) as answer:
        while piece := answer.read(1024 * 1024):
            back.update(piece)
    equal(back.digest() == digest.digest(), True, "what came back is what went in")
    grown = peak_memory(server) - before
    equal(grown < 16 * 1024 * 1024, True, f"the server grew by {grown / 1024 / 1024:.1f} MiB; less than 16")


def presign(client, method, path):
    """A presigned address, without scheme and host."""
    stamp = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    scope = f"{stamp[:8]}/{client.region}/s3/aws4_request"
    query = "&".join([
        "X-Amz-Algorithm=AWS4-HMAC-SHA256", f"X-Amz-Credential={client.key_id}%2F{scope.replace('/', '%2F')}",
        f"X-Amz-Date={stamp}", "X-Amz-Expires=600", "X-Amz-SignedHeaders=host"])
    canonical = "\n".join([method, path, query, f"host:{client.url.netloc}", "", "host", "UNSIGNED-PAYLOAD"])
    text = "\n".join(["AWS4-HMAC-SHA256", stamp, scope, hashlib.sha256(canonical.encode()).hexdigest()])
    key = ("AWS4" + client.secret).encode()
    for part in scope.split("/"):
        key = hmac_sha256(key, part)
    return f"{path}?{query}&X-Amz-Signature={hmac.new(key, text.encode(), hashlib.sha256).hexdigest()}"


@case("a bucket of 10,000 objects is listed, by prefix and whole, in little memory")
def many(world):
    server = world.server()
    client = server.client()
    client.s3("PUT", "/many")
    headers = {"x-amz-meta-padding": "m" * 1500}

    def put(worker):
        own = server.client()
        for i in range(worker, 10000, 8):
            answer = signed(own, "PUT", f"/many/{i % 20:02d}/{i:05d}", b"same", headers)
            equal(answer.status, 200, "putting")
        own.close()
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(put, range(8)))
    before = memory(server)
    keys, token = [], ""
    while True:
        page = client.s3("GET", f"/many?list-type=2{token}").body.decode()
        keys += re.findall(r"<Key>(.*?)</Key>", page)
        found = re.search(r"<NextContinuationToken>(.*?)</NextContinuationToken>", page)
        if not found:
            break
        token = "&continuation-token=" + urllib.parse.quote(found.group(1), safe="")
    equal(len(keys), 10000, "keys of all pages")
    equal(keys, sorted(keys), "keys in order")
    groups = client.s3("GET", "/many?list-type=2&delimiter=/").body.decode()
    equal(len(re.findall("<CommonPrefixes>", groups)), 20, "common prefixes of 500 keys each")
    contains(groups, "<IsTruncated>false</IsTruncated>")
    grown = memory(server) - before
    equal(grown < 48 * 1024 * 1024, True, f"the server grew by {grown / 1024 / 1024:.1f} MiB; less than 48")


if __name__ == "__main__":
    main(globals())

"""OpenStack Swift on this machine, with its S3 API: `python swift_process.py FOLDER PORT KEY`, with the Python of .venv-swift.

All of its servers (account, container, object, proxy) are here in one process, as Swift's own functional tests run them, on one device that
is a folder. The one user is `gov:khatm` with the secret KEY. It says `ready`, and then does what it is told, a line at a time:

    quota BUCKET OCTETS     let a bucket hold no more
"""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

import eventlet
import eventlet.wsgi
from eventlet import tpool

eventlet.monkey_patch()

from swift.common import direct_client, utils  # noqa: E402 - it is to find the patched modules
from swift.common.http_protocol import SwiftHttpProtocol  # noqa: E402
from swift.common.ring import Ring, RingBuilder  # noqa: E402
from swift.common.storage_policy import POLICIES, reload_storage_policies  # noqa: E402
from swift.common.wsgi import loadapp  # noqa: E402

HOST, PARTS = "127.0.0.1", 4  # 2^4 partitions
SERVERS = ("account", "container", "object")
STORE = "[DEFAULT]\ndevices = {folder}/devices\nmount_check = false\nswift_dir = {folder}\nlog_name = {name}\n"
PLAIN = "[pipeline:main]\npipeline = {name}-server\n[app:{name}-server]\nuse = egg:swift#{name}\n"
PROXY = """[DEFAULT]
swift_dir = {folder}
[pipeline:main]
pipeline = catch_errors gatekeeper listing_formats s3api tempauth copy container-quotas slo symlink versioned_writes proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
[filter:tempauth]
use = egg:swift#tempauth
user_gov_khatm = {key} .admin
[filter:s3api]
use = egg:swift#s3api
[filter:symlink]
use = egg:swift#symlink
[filter:versioned_writes]
use = egg:swift#versioned_writes
allow_object_versioning = true
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:gatekeeper]
use = egg:swift#gatekeeper
[filter:listing_formats]
use = egg:swift#listing_formats
[filter:copy]
use = egg:swift#copy
[filter:container-quotas]
use = egg:swift#container_quotas
[filter:slo]
use = egg:swift#slo
"""


def prepare(folder: Path, ports: dict[str, int], key: str) -> None:
    (folder / "devices/disk").mkdir(parents=True, exist_ok=True)
    (folder / "swift.conf").write_text("[swift-hash]\nswift_hash_path_prefix = khatm\nswift_hash_path_suffix = khatm\n")
    for name in SERVERS:
        builder = RingBuilder(PARTS, 1, 1)
        where = {"ip": HOST, "port": ports[name], "device": "disk", "region": 1, "zone": 1, "weight": 1.0}
        builder.add_dev({**where, "replication_ip": HOST, "replication_port": ports[name]})
        builder.rebalance()
        builder.get_ring().save(str(folder / f"{name}.ring.gz"))
        (folder / f"{name}.conf").write_text((STORE + PLAIN).format(folder=folder, name=name))
    (folder / "proxy.conf").write_text(PROXY.format(folder=folder, key=key))
    utils.set_swift_dir(str(folder))
    reload_storage_policies()


def quota(folder: Path, bucket: str, octets: str) -> None:
    part, nodes = Ring(str(folder), ring_name="container").get_nodes("AUTH_gov", bucket)
    headers = {"X-Container-Meta-Quota-Bytes": octets}
    direct_client.direct_post_container(nodes[0], part, "AUTH_gov", bucket, headers=headers)


def main(folder: Path, port: int, key: str) -> None:
    sockets = {name: eventlet.listen((HOST, 0)) for name in SERVERS}
    prepare(folder, {name: sock.getsockname()[1] for name, sock in sockets.items()}, key)
    sockets["proxy"] = eventlet.listen((HOST, port))
    logger = utils.get_logger({}, "swift")
    for name, sock in sockets.items():
        app = loadapp(str(folder / f"{name}.conf"), global_conf={"log_level": "ERROR"})
        words = {"protocol": SwiftHttpProtocol, "capitalize_response_headers": False}
        eventlet.spawn(eventlet.wsgi.server, sock, app, logger, **words)
    assert POLICIES
    print("ready", flush=True)
    for line in iter(partial(tpool.execute, sys.stdin.readline), ""):  # in a thread of its own: nothing waits for it
        word, *rest = line.split()
        {"quota": quota}[word](folder, *rest)
        print("done", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3])

"""What only Linux offers is imported where it is used: every module can be imported on another Unix."""

import json
import subprocess
import sys
import textwrap

from folders import ROOT

LINUX_ONLY = {
    "fcntl": "F_SETPIPE_SZ F_GETPIPE_SZ F_ADD_SEALS F_GET_SEALS F_SETSIG F_GETSIG F_SETLEASE F_NOTIFY",
    "mmap": "MAP_POPULATE MADV_DONTFORK MADV_DOFORK MADV_HUGEPAGE MADV_NOHUGEPAGE MADV_REMOVE",
    "os": "sched_getaffinity sched_setaffinity sched_setscheduler pipe2 posix_fadvise posix_fallocate "
    "memfd_create splice eventfd eventfd_read eventfd_write pidfd_open copy_file_range fdatasync getrandom "
    "getxattr setxattr listxattr removexattr setresuid getresuid O_PATH O_DIRECT O_NOATIME MFD_CLOEXEC",
    "resource": "prlimit RLIMIT_MSGQUEUE RLIMIT_NICE RLIMIT_RTPRIO RLIMIT_RTTIME RLIMIT_SIGPENDING "
    "RUSAGE_THREAD",
    "select": "epoll EPOLLIN EPOLLOUT EPOLLERR EPOLLHUP EPOLLRDHUP EPOLLET EPOLLONESHOT",
    "signal": "SIGRTMIN SIGRTMAX SIGPOLL SIGPWR SIGSTKFLT sigtimedwait sigwaitinfo",
    "socket": "TCP_USER_TIMEOUT TCP_INFO TCP_QUICKACK TCP_CORK TCP_DEFER_ACCEPT TCP_CONGESTION TCP_LINGER2 "
    "TCP_SYNCNT TCP_WINDOW_CLAMP SO_PEERCRED SO_DOMAIN SO_PROTOCOL SO_BINDTODEVICE SO_INCOMING_CPU MSG_MORE "
    "MSG_CMSG_CLOEXEC SOCK_CLOEXEC SOCK_NONBLOCK AF_PACKET AF_NETLINK AF_ALG AF_VSOCK",
    "time": "CLOCK_BOOTTIME CLOCK_TAI",
}
"""Names of the standard library that Python 3.11 has on Linux and not on macOS."""

IMPORT = textwrap.dedent("""
    import importlib, json, pkgutil, sys

    def imported():
        import policytrace

        walked = pkgutil.walk_packages(policytrace.__path__, "policytrace.")
        names = [module.name for module in walked if not module.name.endswith(".__main__")]
        for name in names:
            importlib.import_module(name)
        return names

    for name in imported():  # and with them what others wrote, which may ask for all that Linux has
        sys.modules.pop(name)
    sys.modules.pop("policytrace")
    for module, names in json.loads(sys.argv[1]).items():
        for name in names.split():
            delattr(importlib.import_module(module), name)
    print(*imported())
""")
MODULES = {
    ".".join(["policytrace", *path.relative_to(ROOT).with_suffix("").parts]).removesuffix(".__init__")
    for half in ("graph", "server")
    for path in (ROOT / half).rglob("*.py")
    if not {"data", "frontend"} & {*path.parts}
}


def test_every_module_is_imported_without_what_only_linux_has() -> None:
    command = [sys.executable, "-c", IMPORT, json.dumps(LINUX_ONLY)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert {*done.stdout.split()} >= MODULES

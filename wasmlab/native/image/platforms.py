"""The platforms that images are made for."""

from __future__ import annotations

import os
import sys

from wasmlab.records import NamedTuple

_ARCHITECTURES = {
    "x86_64": "x86_64",
    "amd64": "x86_64",
    "aarch64": "aarch64",
    "arm64": "aarch64",
}
_SYSTEMS = {"linux": "linux", "darwin": "macos", "win32": "windows"}


class Platform(NamedTuple):
    """What code is compiled for."""

    name: str
    triple: str
    """LLVM's name for it; it ends so that objects are ELF."""
    cpu: str
    """The least processor that can run the code, see ``supported`` in ``handlers.processor_ir``."""
    features: str
    byte_lookup: str
    """The instruction that looks bytes up in a vector, as ``handlers.emitter`` names it."""


def _x86_64(system: str, triple: str) -> Platform:
    return Platform(f"x86_64-{system}", triple, "x86-64-v2", "", "pshufb")


def _aarch64(system: str, triple: str, features: str = "") -> Platform:
    return Platform(f"aarch64-{system}", triple, "generic", features, "tbl")


PLATFORMS = (
    _x86_64("linux", "x86_64-unknown-linux-elf"),
    _aarch64("linux", "aarch64-unknown-linux-elf"),
    _aarch64("macos", "aarch64-apple-macosx-elf", "+reserve-x18"),
    _x86_64("windows", "x86_64-pc-windows-elf"),
    _aarch64("windows", "aarch64-pc-windows-elf", "+reserve-x18"),
)
"""x18 belongs to the system on macOS and on Windows."""


def this_platform() -> Platform | None:
    """Return the platform that this process runs on, None if there are no images for it."""
    machine = (
        os.environ.get("PROCESSOR_ARCHITECTURE", "") if os.name == "nt" else os.uname().machine
    )
    architecture = _ARCHITECTURES.get(machine.lower())
    name = f"{architecture}-{_SYSTEMS.get(sys.platform)}"
    is_wide = sys.maxsize >> 32 and sys.byteorder == "little"
    found = (platform for platform in PLATFORMS if platform.name == name and is_wide)
    return next(found, None)

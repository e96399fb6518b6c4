"""Builds the WebAssembly programs of samples/ from their C, Rust and Go sources.

Usage: python samples/build.py [c] [go] [rust]; without arguments, whatever a compiler is found for.

Debug information stays in for our own code and is left out for libraries, where it would take
megabytes: C is linked with a C library built without it, and the debug sections of Rust's
libraries are emptied before linking.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SAMPLES = Path(__file__).resolve().parent
BUILD = SAMPLES.parent / "build" / "samples"
ZIG = (sys.executable, "-m", "ziglang")
STACK_SIZE = 65_536
WASM_HEADER_SIZE = 8


def run(*command: str | Path, env: dict[str, str] | None = None, cwd: Path = SAMPLES) -> None:
    """Run a command in cwd; the script ends with its messages if it fails."""
    subprocess.run(command, env={**os.environ, **(env or {})}, cwd=cwd, check=True)


def zig(*arguments: str | Path, cwd: Path = SAMPLES) -> None:
    """Run zig with caches of our own, so that its libraries can be found there."""
    cache = {
        "ZIG_GLOBAL_CACHE_DIR": str(BUILD / "zig"),
        "ZIG_LOCAL_CACHE_DIR": str(BUILD / "zig-local"),
    }
    run(*ZIG, *arguments, env=cache, cwd=cwd)


def zig_folder() -> Path:
    """Return where the compiler and its headers are; no path of this machine goes into samples."""
    spec = importlib.util.find_spec("ziglang")
    if spec is None or spec.origin is None:
        sys.exit("ziglang is not installed: pip install -r samples/requirements.txt")
    return Path(spec.origin).parent


def build_c() -> None:
    """Compile with -g, then link by hand with libraries that zig built without it."""
    probe = BUILD / "probe.c"
    probe.write_text('#include <stdio.h>\nint main(void) { puts(""); return 0; }\n')
    zig("cc", "-target", "wasm32-wasi", "-Os", "-s", probe, "-o", BUILD / "probe.wasm")
    cache = BUILD / "zig" / "o"
    libraries = [next(cache.glob(f"*/{n}")) for n in ("libc.a", "libzigc.a", "libcompiler_rt.a")]
    crt = next(cache.glob("*/crt1-command.o"))
    paths = ("-ffile-compilation-dir=.", f"-ffile-prefix-map={zig_folder()}=zig")
    for source in sorted((SAMPLES / "c").glob("*.c")):
        unit = BUILD / f"{source.stem}.o"
        options = ("-target", "wasm32-wasi", "-O1", "-g", *paths)
        zig("cc", *options, "-c", source.name, "-o", unit, cwd=source.parent)
        link = ("--gc-sections", "--stack-first", "-z", f"stack-size={STACK_SIZE}")
        zig("wasm-ld", crt, unit, *libraries, *link, "-o", source.with_suffix(".wasm"))


def build_go() -> None:
    """Compile for WASI preview 1; Go writes names, but no debug information."""
    go = Path(sys.executable).with_name("go")
    env = {
        "GOOS": "wasip1",
        "GOARCH": "wasm",
        "GOTOOLCHAIN": "local",
        "GOCACHE": str(BUILD / "go"),
        "GOPATH": str(BUILD / "gopath"),
    }
    for source in sorted((SAMPLES / "go").glob("*.go")):
        output = source.with_suffix(".wasm")
        run(go, "build", "-trimpath", "-o", output, source.name, env=env, cwd=source.parent)
        output.chmod(0o644)


def find_rustc() -> Path | None:
    """Return the first rustc that has a standard library for wasm32-wasi."""
    candidates = (os.environ.get("RUSTC"), "/usr/bin/rustc", shutil.which("rustc"))
    for candidate in filter(None, candidates):
        command = (candidate, "--print", "target-libdir", "--target", "wasm32-wasi")
        found = subprocess.run(command, capture_output=True, text=True, check=False)
        if found.returncode == 0 and Path(found.stdout.strip()).is_dir():
            return Path(candidate)
    return None


def build_rust() -> None:
    """Compile with -g; this script is the linker, see ``link_rust``."""
    rustc = find_rustc()
    if rustc is None:
        sys.exit("no rustc with a standard library for wasm32-wasi; set RUSTC to one")
    linker = BUILD / "link-rust"
    linker.write_text(f'#!/bin/sh\nexec {sys.executable} {SAMPLES / "build.py"} link-rust "$@"\n')
    linker.chmod(0o755)
    target = ("--target", "wasm32-wasi", "--edition", "2021")
    flags = ("-g", "-C", "opt-level=1", "-C", "codegen-units=1")
    paths = ("--remap-path-prefix", f"{SAMPLES / 'rust'}=.", "-C", f"linker={linker}")
    for source in sorted((SAMPLES / "rust").glob("*.rs")):
        output = source.with_suffix(".wasm")
        run(rustc, *target, *flags, *paths, source.name, "-o", output, cwd=source.parent)
        output.chmod(0o644)


def link_rust(arguments: list[str]) -> None:
    """Link what rustc asks for, with libraries whose debug sections are empty.

    arguments: those of ``rust-lld -flavor wasm``, as rustc gives them.
    """
    dropped = ("-flavor", "wasm", "--rsp-quoting=posix", "--fatal-warnings")
    slim = [
        str(without_debug(Path(a))) if a.endswith(".rlib") else a
        for a in arguments
        if a not in dropped
    ]
    zig("wasm-ld", *slim, cwd=Path.cwd())


def without_debug(library: Path) -> Path:
    """Return a copy of a Rust library: object files only, their debug sections emptied."""
    copy = BUILD / "rust" / library.with_suffix(".a").name
    if copy.exists():
        return copy
    members = BUILD / "rust" / library.stem
    members.mkdir(parents=True, exist_ok=True)
    zig("ar", "x", library, cwd=members)
    objects = sorted(members.glob("*.o"))
    for path in objects:
        path.write_bytes(empty_debug_sections(path.read_bytes()))
    zig("ar", "rcs", copy, *(p.name for p in objects), cwd=members)
    return copy


def empty_debug_sections(data: bytes) -> bytes:
    """Return an object file whose .debug sections are empty and not relocated.

    They stay as empty sections because symbols refer to sections by number; the relocation
    sections come last, so that they can go.
    """
    kept = bytearray(data[:WASM_HEADER_SIZE])
    for number, payload in sections(data):
        name = custom_name(payload) if number == 0 else b""
        if name.startswith(b"reloc..debug_"):
            continue
        body = leb128(len(name)) + name if name.startswith(b".debug_") else payload
        kept += bytes([number]) + leb128(len(body)) + body
    return bytes(kept)


def sections(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield id and payload of each section."""
    at = WASM_HEADER_SIZE
    while at < len(data):
        number = data[at]
        size, at = read_leb128(data, at + 1)
        yield number, data[at : at + size]
        at += size


def custom_name(payload: bytes) -> bytes:
    """Return the name of a custom section."""
    size, at = read_leb128(payload, 0)
    return payload[at : at + size]


def read_leb128(data: bytes, at: int) -> tuple[int, int]:
    """Return the unsigned number at an index, and the index behind it."""
    value = shift = 0
    while data[at] & 0x80:
        value |= (data[at] & 0x7F) << shift
        shift += 7
        at += 1
    return value | data[at] << shift, at + 1


def leb128(value: int) -> bytes:
    """Return the shortest encoding of an unsigned number."""
    out = bytearray()
    while value >> 7:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


BUILDERS: dict[str, Callable[[], None]] = {"c": build_c, "go": build_go, "rust": build_rust}


def main(arguments: list[str]) -> None:
    """Build the languages named, or all of them that have a compiler here."""
    BUILD.mkdir(parents=True, exist_ok=True)
    if arguments[:1] == ["link-rust"]:
        link_rust(arguments[1:])
        return
    languages = arguments or [n for n in BUILDERS if n != "rust" or find_rustc()]
    for language in languages:
        BUILDERS[language]()
        print(f"{language}: {', '.join(sizes(SAMPLES / language))}")


def sizes(folder: Path) -> list[str]:
    """Return each program of a folder with its size."""
    return [f"{p.name} {p.stat().st_size:,} bytes" for p in sorted(folder.glob("*.wasm"))]


if __name__ == "__main__":
    main(sys.argv[1:])

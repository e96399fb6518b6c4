"""Builds the WebAssembly programs of samples/ from their C, C++, Go, Kotlin and Rust sources.

Usage: python samples/build.py [c] [cpp] [go] [kotlin] [rust]; without arguments, whatever a
compiler is found for.

Debug information stays in for our own code and is left out for libraries, where it would take
megabytes: C is linked with a C library built without it, and the debug sections of Rust's
libraries are emptied before linking.
"""

from __future__ import annotations

import importlib.util
import os
import re
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
KOTLIN = "kotlin-compiler@2.4.20"
KOTLIN_MIN_JAVA = 17

CPP_RUNTIME = (
    "libcxx/src/exception.cpp",
    "libcxxabi/src/abort_message.cpp",
    "libcxxabi/src/cxa_aux_runtime.cpp",
    "libcxxabi/src/cxa_default_handlers.cpp",
    "libcxxabi/src/cxa_exception.cpp",
    "libcxxabi/src/cxa_exception_storage.cpp",
    "libcxxabi/src/cxa_handlers.cpp",
    "libcxxabi/src/cxa_personality.cpp",
    "libcxxabi/src/cxa_virtual.cpp",
    "libcxxabi/src/fallback_malloc.cpp",
    "libcxxabi/src/private_typeinfo.cpp",
    "libcxxabi/src/stdlib_exception.cpp",
    "libcxxabi/src/stdlib_new_delete.cpp",
    "libcxxabi/src/stdlib_typeinfo.cpp",
    "libunwind/src/Unwind-wasm.c",
)
CPP_INCLUDES = ("libcxxabi/include", "libcxx/src", "libunwind/include")
CPP_RUNTIME_OPTIONS = (
    "-w",
    "-DNDEBUG",
    "-D_LIBCPP_BUILDING_LIBRARY",
    "-D_LIBCXXABI_BUILDING_LIBRARY",
    "-DLIBCXX_BUILDING_LIBCXXABI",
    "-DLIBCXXABI_NON_DEMANGLING_TERMINATE",
    "-D_LIBCXXABI_HAS_NO_THREADS",
    "-D_LIBUNWIND_HAS_NO_THREADS",
    "-D_LIBUNWIND_HIDE_SYMBOLS",
)
CPP_TAG = "\t.tagtype __cpp_exception i32\n\t.globl __cpp_exception\n__cpp_exception:\n"
"""The tag of every C++ exception: its argument is the address of the thrown object."""


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


def c_library() -> list[Path]:
    """Return start code and libraries of C programs, built without debug information."""
    probe = BUILD / "probe.c"
    probe.write_text('#include <stdio.h>\nint main(void) { puts(""); return 0; }\n')
    zig("cc", "-target", "wasm32-wasi", "-Os", "-s", probe, "-o", BUILD / "probe.wasm")
    names = ("crt1-command.o", "libc.a", "libzigc.a", "libcompiler_rt.a")
    return [next((BUILD / "zig" / "o").glob(f"*/{name}")) for name in names]


def debug_options() -> tuple[str, ...]:
    """Return the options for debug information without paths of this machine."""
    return ("-g", "-ffile-compilation-dir=.", f"-ffile-prefix-map={zig_folder()}=zig")


def link_c(output: Path, *units: Path) -> None:
    """Link object files into a WASI command."""
    options = ("--gc-sections", "--stack-first", "-z", f"stack-size={STACK_SIZE}")
    start, *libraries = c_library()
    zig("wasm-ld", start, *units, *libraries, *options, "-o", output)
    output.chmod(0o644)


def build_c() -> None:
    """Compile with -g, then link by hand with libraries that zig built without it."""
    for source in sorted((SAMPLES / "c").glob("*.c")):
        unit = BUILD / f"{source.stem}.o"
        options = ("-target", "wasm32-wasi", "-O1", *debug_options())
        zig("cc", *options, "-c", source.name, "-o", unit, cwd=source.parent)
        link_c(source.with_suffix(".wasm"), unit)


def build_cpp() -> None:
    """Compile with exceptions: names that end in -legacy get the encoding before Wasm 3.0.

    The library that zig links cannot throw, so we compile what throws and catches ourselves.
    """
    for source in sorted((SAMPLES / "cpp").glob("*.cpp")):
        legacy = source.stem.endswith("-legacy")
        unit = BUILD / f"{source.stem}.o"
        options = (*exception_options(legacy=legacy), *debug_options())
        zig("c++", *options, "-c", source.name, "-o", unit, cwd=source.parent)
        link_c(source.with_suffix(".wasm"), unit, *exception_runtime(legacy=legacy))


def exception_options(*, legacy: bool) -> tuple[str, ...]:
    """Return the compiler's options for one of the two encodings of exceptions."""
    encoding = ("-mllvm", "-wasm-enable-eh", "-mllvm", f"-wasm-use-legacy-eh={legacy}".lower())
    enabled = ("-fwasm-exceptions", "-fexceptions", "-mexception-handling", *encoding)
    return ("-target", "wasm32-wasi", "-Os", *enabled)


def exception_runtime(*, legacy: bool) -> list[Path]:
    """Return object files of the C++ runtime, from the sources in zig's wheel."""
    library = zig_folder() / "lib"
    folder = BUILD / f"cpp-{'legacy' if legacy else 'final'}"
    folder.mkdir(exist_ok=True)
    tag = folder / "tag.s"
    tag.write_text(CPP_TAG)
    sources = [*(library / name for name in CPP_RUNTIME), tag]
    options = (*exception_options(legacy=legacy), *CPP_RUNTIME_OPTIONS)
    includes = [f"-I{library / name}" for name in CPP_INCLUDES]
    for source in sources:
        language = ("c++", "-std=c++23") if source.suffix == ".cpp" else ("cc",)
        unit = folder / f"{source.stem}.o"
        zig(*language, *options, *includes, "-c", source, "-o", unit)
    return [folder / f"{source.stem}.o" for source in sources]


def no_kotlin() -> str | None:
    """Return what is missing for Kotlin, if anything is."""
    java = shutil.which("java")
    if java is None or shutil.which("npm") is None or shutil.which("bash") is None:
        return f"needs npm, bash and Java {KOTLIN_MIN_JAVA}"
    said = subprocess.run((java, "-version"), capture_output=True, text=True, check=False).stderr
    version = re.search(r'version "(\d+)', said)
    old = version is None or int(version[1]) < KOTLIN_MIN_JAVA
    return f"needs Java {KOTLIN_MIN_JAVA} or newer" if old else None


def build_kotlin() -> None:
    """Compile for WASI preview 1, first to a library, then to a program without dead code."""
    missing = no_kotlin()
    if missing:
        sys.exit(f"kotlin: {missing}")
    home = BUILD / "kotlin"
    run("npm", "install", "--silent", "--no-save", "--prefix", home, KOTLIN)
    compiler = home / "node_modules" / "kotlin-compiler"
    kotlinc = ("bash", compiler / "bin" / "kotlinc-wasm", "-Xwasm-target=wasm-wasi", "-libraries")
    base = (*kotlinc, compiler / "lib" / "kotlin-stdlib-wasm-wasi.klib", "-ir-output-dir", home)
    options = ("-Xir-dce", "-Xwasm-use-new-exception-proposal", "-Xwasm-generate-dwarf")
    for source in sorted((SAMPLES / "kotlin").glob("*.kt")):
        name = ("-ir-output-name", source.stem)
        run(*base, *name, source.name, cwd=source.parent)
        library = f"-Xinclude={home / source.stem}.klib"
        run(*base, *name, *options, library, cwd=source.parent)
        shutil.copyfile(home / f"{source.stem}.wasm", source.with_suffix(".wasm"))


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
    """Return the unsigned number at an index, and the index after it."""
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


def no_rust() -> str | None:
    """Return what is missing for Rust, if anything is."""
    return None if find_rustc() else "needs a rustc with a standard library for wasm32-wasi"


BUILDERS: dict[str, Callable[[], None]] = {
    "c": build_c,
    "cpp": build_cpp,
    "go": build_go,
    "kotlin": build_kotlin,
    "rust": build_rust,
}
MISSING: dict[str, Callable[[], str | None]] = {"kotlin": no_kotlin, "rust": no_rust}


def main(arguments: list[str]) -> None:
    """Build the languages named, or all of them that have a compiler here."""
    BUILD.mkdir(parents=True, exist_ok=True)
    if arguments[:1] == ["link-rust"]:
        link_rust(arguments[1:])
        return
    for language in arguments or BUILDERS:
        missing = MISSING[language]() if language in MISSING and not arguments else None
        if missing:
            print(f"{language}: left as it is, {missing}")
            continue
        BUILDERS[language]()
        print(f"{language}: {', '.join(sizes(SAMPLES / language))}")


def sizes(folder: Path) -> list[str]:
    """Return each program of a folder with its size."""
    return [f"{p.name} {p.stat().st_size:,} bytes" for p in sorted(folder.glob("*.wasm"))]


if __name__ == "__main__":
    main(sys.argv[1:])

"""The source language of a module and the host that it expects: two tables of evidence.

Each row names what it concludes and tests one ``Facts``; the first row that fits wins, so that
rows go from sure to likely.
"""

from __future__ import annotations

import re

from wasmlab.hints import TYPE_CHECKING
from wasmlab.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

WASI_PREVIEW1 = "wasi_snapshot_preview1"
WASI_PREVIEW0 = "wasi_unstable"


@dataclass(frozen=True, slots=True)
class Facts:
    """What a module shows of itself."""

    imports: Mapping[str, Sequence[str]]
    """Names by module, in order."""
    exports: frozenset[str]
    customs: frozenset[str]
    """Names of custom sections."""
    funcs: Sequence[str]
    """Function names of the name section."""
    tools: Mapping[str, Sequence[tuple[str, str]]]
    """The producers section: (name, version) by field."""

    def imports_from(self, *prefixes: str) -> bool:
        """Tell whether an imported module's name starts with a prefix."""
        return any(module.startswith(prefixes) for module in self.imports)

    def imports_name(self, pattern: str) -> bool:
        """Tell whether an imported name matches a regular expression from its start."""
        match = re.compile(pattern).match
        return any(match(name) for names in self.imports.values() for name in names)

    def exports_name(self, pattern: str) -> bool:
        """Tell whether an exported name matches a regular expression from its start."""
        return any(map(re.compile(pattern).match, self.exports))

    def names_func(self, pattern: str) -> bool:
        """Tell whether a function's name matches a regular expression from its start."""
        return any(map(re.compile(pattern).match, self.funcs))

    def made_with(self, pattern: str) -> bool:
        """Tell whether the producers section names such a language or tool."""
        match = re.compile(pattern, re.IGNORECASE).match
        return any(match(name) for values in self.tools.values() for name, _ in values)


@dataclass(frozen=True, slots=True)
class Language:
    """A row: a source language and its evidence."""

    name: str
    fits: Callable[[Facts], bool]


LANGUAGES: tuple[Language, ...] = (
    Language("TinyGo", lambda f: f.made_with("TinyGo") or f.names_func(r"tinygo_|runtime\.alloc$")),
    Language(
        "Go", lambda f: f.made_with("Go( |$)") or bool({"go:buildid", "go.buildid"} & f.customs)
    ),
    Language("AssemblyScript", lambda f: f.names_func("~lib/") or f.exports_name("__rtti_base$")),
    Language("Kotlin", lambda f: f.made_with("Kotlin") or f.names_func(r"kotlin\.")),
    Language("MoonBit", lambda f: f.names_func(r"\$?(moonbit\.|@moonbitlang)")),
    Language("Dart", lambda f: f.imports_from("dart2wasm") or f.names_func("_?dart:")),
    Language("OCaml", lambda f: f.made_with("OCaml") or f.names_func("caml_")),
    Language("Haskell", lambda f: f.names_func("stg_|hs_main")),
    Language("Swift", lambda f: f.made_with("Swift") or f.names_func(r"\$s|swift_")),
    Language("C# (.NET)", lambda f: f.names_func("mono_|RhpNew")),
    Language("Nim", lambda f: f.names_func("NimMain")),
    Language(
        "Rust", lambda f: f.made_with("Rust") or f.names_func(r"_R[NI]|core::|.*17h[0-9a-f]{16}E")
    ),
    Language(
        "Zig",
        lambda f: f.made_with("Zig") or f.names_func(r"start\._start|debug\.(panic|FullPanic)"),
    ),
    Language("C++", lambda f: f.made_with(r"C_plus_plus|C\+\+") or f.names_func("_Z|operator new")),
    Language(
        "C", lambda f: f.made_with(r"C\d\d$|C$") or f.names_func("__wasm_call_ctors|__main_void")
    ),
)


def language(facts: Facts) -> str:
    """Return the source language, or an empty string where nothing tells."""
    return next((row.name for row in LANGUAGES if row.fits(facts)), "")


@dataclass(frozen=True, slots=True)
class Abi:
    """A row: a kind of host and its evidence."""

    name: str
    meaning: str
    """One sentence, for the report."""
    fits: Callable[[Facts], bool]


COMPONENT = Abi(
    "component",
    "A component of the component model: it wraps core modules and speaks in typed interfaces.",
    fits=lambda _: False,
)

ABIS: tuple[Abi, ...] = (
    Abi(
        "core dump",
        "The state of a program at one moment: its memories, globals and frames; not to be run.",
        fits=lambda f: {"core", "corestack"} <= f.customs,
    ),
    Abi(
        "wasm-bindgen",
        "Made by Rust's wasm-bindgen for a JavaScript file that comes with it.",
        fits=lambda f: (
            f.imports_from("__wbindgen", "wbg")
            or f.imports_name("__wbg_|__wbindgen_")
            or "__wasm_bindgen_unstable" in f.customs
        ),
    ),
    Abi(
        "Go js",
        "Made by Go for a browser or Node: it wants the wasm_exec.js of its Go version.",
        fits=lambda f: f.imports_from("gojs") or f.imports_name(r"syscall/js\."),
    ),
    Abi(
        "proxy-wasm",
        "A filter for a proxy such as Envoy.",
        fits=lambda f: f.exports_name("proxy_abi_version_"),
    ),
    Abi(
        "Extism plug-in",
        "A plug-in for an Extism host: input and output go through the host's own memory.",
        fits=lambda f: f.imports_from("extism:host/") or f.imports_name("extism_"),
    ),
    Abi(
        "zellij plugin",
        "A plug-in of the terminal multiplexer zellij, on top of WASI.",
        fits=lambda f: f.imports_from("zellij"),
    ),
    Abi(
        "core of a component",
        "A core module that is meant to be wrapped into a component.",
        fits=lambda f: (
            f.imports_from("wasi:", "cm32p2|", "[export]") or f.exports_name(r"cm32p2|.*:.*/.*#")
        ),
    ),
    Abi(
        "Emscripten",
        "Made by Emscripten for the JavaScript file that comes with it.",
        fits=lambda f: (
            f.imports_name("_?emscripten_|invoke_[vijfd]+$|__syscall_|__cxa_throw")
            or set(f.imports) == {"a"}
        ),
    ),
    Abi(
        "dynamic library",
        "Position-independent code for a dynamic linker, which gives it memory and table.",
        fits=lambda f: bool({"dylink", "dylink.0"} & f.customs),
    ),
    Abi(
        "WASI preview 0 command",
        "A program for an early draft of WASI.",
        fits=lambda f: WASI_PREVIEW0 in f.imports,
    ),
    Abi(
        "WASI reactor",
        "A library for WASI: _initialize runs once, then its exports can be called.",
        fits=lambda f: "_initialize" in f.exports and WASI_PREVIEW1 in f.imports,
    ),
    Abi(
        "WASI command",
        "A program for WASI preview 1: it runs from _start to its end.",
        fits=lambda f: WASI_PREVIEW1 in f.imports and "_start" in f.exports,
    ),
    Abi(
        "WASI library",
        "It calls WASI preview 1, but has no _start: its exports can be called.",
        fits=lambda f: WASI_PREVIEW1 in f.imports,
    ),
    Abi(
        "command",
        "A program that needs nothing from its host: it runs from _start to its end.",
        fits=lambda f: "_start" in f.exports and not f.imports,
    ),
    Abi(
        "reactor",
        "A library that needs nothing from its host: _initialize runs once, then its exports "
        "can be called.",
        fits=lambda f: "_initialize" in f.exports and not f.imports,
    ),
    Abi(
        "AssemblyScript module",
        "A library by AssemblyScript; strings and objects are handled through its exports.",
        fits=lambda f: language(f) == "AssemblyScript" and bool(f.imports),
    ),
    Abi(
        "library",
        "It needs nothing from its host: its exports can be called.",
        fits=lambda f: not f.imports,
    ),
    Abi(
        "custom host",
        "Its imports belong to no interface that wasmlab knows.",
        fits=lambda _: True,
    ),
)


def abi(facts: Facts) -> Abi:
    """Return the kind of host that the module expects; the last row fits every module."""
    return next(row for row in ABIS if row.fits(facts))

from collections.abc import Mapping, Sequence

import pytest

from wasmlab.cli.origin import ABIS, LANGUAGES, Facts, abi, language

WASI = "wasi_snapshot_preview1"


def facts(
    imports: Mapping[str, Sequence[str]] | None = None,
    exports: Sequence[str] = (),
    customs: Sequence[str] = (),
    funcs: Sequence[str] = (),
    tools: Sequence[str] = (),
) -> Facts:
    made = {"processed-by": [(tool, "1.0") for tool in tools]}
    return Facts(imports or {}, frozenset(exports), frozenset(customs), funcs, made)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (facts(tools=["C11", "clang"]), "C"),
        (facts(tools=["C_plus_plus_14"]), "C++"),
        (facts(tools=["Rust", "rustc"]), "Rust"),
        (facts(funcs=["main", "_ZN4core3fmt5write17h0123456789abcdefE"]), "Rust"),
        (facts(funcs=["_ZN5Shape4areaEv"]), "C++"),
        (facts(funcs=["operator new(unsigned long)"]), "C++"),
        (facts(tools=["Go cmd/compile"]), "Go"),
        (facts(customs=["go:buildid"]), "Go"),
        (facts(tools=["TinyGo"]), "TinyGo"),
        (facts(tools=["C99"], funcs=["debug.FullPanic((function 'defaultPanic'))"]), "Zig"),
        (facts(funcs=["~lib/rt/itcms/initLazy"]), "AssemblyScript"),
        (facts(exports=["__rtti_base"]), "AssemblyScript"),
        (facts(tools=["kotlinc"], funcs=["kotlin.Any.<init>"]), "Kotlin"),
        (facts(tools=["Clang"], funcs=["__wasm_call_ctors"]), "C"),
        (facts(funcs=["main"]), ""),
        (facts(), ""),
    ],
)
def test_language_is_told_by_evidence(found: Facts, expected: str) -> None:
    assert language(found) == expected


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (facts({WASI: ["fd_write"]}, ["memory", "_start"]), "WASI command"),
        (facts({WASI: ["fd_write"]}, ["_initialize", "add"]), "WASI reactor"),
        (facts({WASI: ["fd_write"]}, ["add"]), "WASI library"),
        (facts({"wasi_unstable": ["fd_write"]}, ["_start"]), "WASI preview 0 command"),
        (facts({"./x_bg.js": ["__wbindgen_throw"]}, ["run"]), "wasm-bindgen"),
        (facts(customs=["__wasm_bindgen_unstable"]), "wasm-bindgen"),
        (facts({"env": ["emscripten_memcpy_js"], WASI: ["fd_write"]}), "Emscripten"),
        (facts({"a": ["b", "c"]}, ["d"]), "Emscripten"),
        (facts({"gojs": ["runtime.wasmExit", "syscall/js.valueGet"]}, ["run"]), "Go js"),
        (facts({"env": ["proxy_log"]}, ["proxy_abi_version_0_2_1"]), "proxy-wasm"),
        (facts({"extism:host/env": ["input_length"]}, ["greet"]), "Extism plug-in"),
        (
            facts({"zellij": ["host_run_plugin_command"], WASI: ["fd_write"]}, ["_start"]),
            "zellij plugin",
        ),
        (facts({"wasi:cli/stdout@0.2.0": ["get-stdout"]}, ["run"]), "core of a component"),
        (facts(customs=["dylink.0"]), "dynamic library"),
        (facts({"env": ["abort"]}, ["__rtti_base"]), "AssemblyScript module"),
        (facts(exports=["_start"]), "command"),
        (facts(exports=["fac"]), "library"),
        (facts({"env": ["print"]}, ["main"]), "custom host"),
    ],
)
def test_abi_is_told_by_imports_and_exports(found: Facts, expected: str) -> None:
    assert abi(found).name == expected


def test_names_in_the_tables_are_unique() -> None:
    for table in (ABIS, LANGUAGES):
        names = [row.name for row in table]
        assert len(names) == len(set(names))


def test_every_abi_is_explained_in_a_sentence() -> None:
    assert not [row.name for row in ABIS if not row.meaning.endswith(".")]

"""The table of WASI preview 1: one row for each function.

Signatures, calls and strace derive from it.
"""

from __future__ import annotations

from wasmlab.hints import TYPE_CHECKING, Any
from wasmlab.host.wasi import layout, values
from wasmlab.records import dataclass
from wasmlab.syntax.types import I32, FuncType

if TYPE_CHECKING:
    from wasmlab.host.wasi.values import Type

MODULE = "wasi_snapshot_preview1"
UNSTABLE = "wasi_unstable"
MODULES = (MODULE, UNSTABLE)


@dataclass(frozen=True, slots=True)
class Param:
    """A named parameter."""

    name: str
    type: Type


@dataclass(frozen=True, slots=True)
class Result:
    """A named result; the caller passes the address it is written to."""

    name: str
    layout: layout.Layout[Any]


@dataclass(frozen=True, slots=True)
class AbiRow:
    """One function."""

    module: str
    name: str
    params: tuple[Param, ...]
    results: tuple[Result, ...]
    doc: str
    """One sentence."""
    returns: bool = True
    """False for proc_exit, which has no errno."""

    @property
    def type(self) -> FuncType:
        """The function's type in Wasm."""
        wasm = tuple(t for param in self.params for t in param.type.wasm)
        pointers = (I32,) * len(self.results)
        return FuncType(wasm + pointers, (I32,) if self.returns else ())

    @property
    def param_names(self) -> tuple[str, ...]:
        """A name for each Wasm parameter."""
        names: list[str] = []
        for param in self.params:
            names.append(param.name)
            names.extend(f"{param.name}_len" for _ in param.type.wasm[1:])
        return (*names, *(result.name for result in self.results))

    def result_places(self) -> tuple[tuple[int, Result], ...]:
        """Return each result with the index of the argument that says where it goes."""
        first = sum(len(param.type.wasm) for param in self.params)
        return tuple((first + i, result) for i, result in enumerate(self.results))


def _rows(module: str) -> tuple[AbiRow, ...]:
    unstable = module == UNSTABLE
    whence = values.WHENCE_UNSTABLE if unstable else values.WHENCE
    filestat = layout.FILESTAT_UNSTABLE if unstable else layout.FILESTAT
    subscriptions = values.SUBSCRIPTIONS_UNSTABLE if unstable else values.SUBSCRIPTIONS

    def row(
        name: str, params: dict[str, Type], results: dict[str, layout.Layout[Any]], doc: str
    ) -> AbiRow:
        return AbiRow(
            module,
            name,
            tuple(Param(key, kind) for key, kind in params.items()),
            tuple(Result(key, kind) for key, kind in results.items()),
            doc,
            returns=name != "proc_exit",
        )

    at_fd = {"fd": values.FD}
    # fmt: off
    return (
        row("args_get", {"argv": values.POINTER, "argv_buf": values.POINTER}, {}, "Writes the arguments, each ended by NUL, and the addresses of them."),
        row("args_sizes_get", {}, {"argc": layout.SIZE, "argv_buf_size": layout.BYTES}, "Returns how many arguments there are and the bytes they need."),
        row("environ_get", {"environ": values.POINTER, "environ_buf": values.POINTER}, {}, "Writes the environment as NAME=VALUE, each ended by NUL, and the addresses."),
        row("environ_sizes_get", {}, {"environc": layout.SIZE, "environ_buf_size": layout.BYTES}, "Returns how many variables there are and the bytes they need."),
        row("clock_res_get", {"id": values.CLOCKID}, {"resolution": layout.TIMESTAMP}, "Returns the resolution of a clock."),
        row("clock_time_get", {"id": values.CLOCKID, "precision": values.TIMESTAMP}, {"time": layout.TIMESTAMP}, "Returns the time of a clock."),
        row("fd_advise", at_fd | {"offset": values.FILESIZE, "len": values.FILESIZE, "advice": values.ADVICE}, {}, "Says how a part of a file will be used."),
        row("fd_allocate", at_fd | {"offset": values.FILESIZE, "len": values.FILESIZE}, {}, "Makes a file at least offset + len bytes long."),
        row("fd_close", at_fd, {}, "Closes a descriptor."),
        row("fd_datasync", at_fd, {}, "Brings a file's data to the disk."),
        row("fd_fdstat_get", at_fd, {"stat": layout.FDSTAT}, "Returns a descriptor's type, flags and rights."),
        row("fd_fdstat_set_flags", at_fd | {"flags": values.FDFLAGS}, {}, "Sets a descriptor's flags."),
        row("fd_fdstat_set_rights", at_fd | {"fs_rights_base": values.RIGHTS, "fs_rights_inheriting": values.RIGHTS}, {}, "Gives up rights of a descriptor."),
        row("fd_filestat_get", at_fd, {"stat": filestat}, "Returns the attributes of an open file."),
        row("fd_filestat_set_size", at_fd | {"size": values.FILESIZE}, {}, "Cuts or extends an open file; new bytes are zero."),
        row("fd_filestat_set_times", at_fd | {"atim": values.TIMESTAMP, "mtim": values.TIMESTAMP, "fst_flags": values.FSTFLAGS}, {}, "Sets the times of an open file."),
        row("fd_pread", at_fd | {"iovs": values.IOVECS, "offset": values.FILESIZE}, {"nread": layout.BYTES}, "Reads at an offset and leaves the descriptor's own alone."),
        row("fd_prestat_get", at_fd, {"prestat": layout.PRESTAT}, "Says that a descriptor is a directory that the host opened."),
        row("fd_prestat_dir_name", at_fd | {"path": values.NAME_BUFFER}, {}, "Writes the name of a directory that the host opened."),
        row("fd_pwrite", at_fd | {"iovs": values.CIOVECS, "offset": values.FILESIZE}, {"nwritten": layout.BYTES}, "Writes at an offset and leaves the descriptor's own alone."),
        row("fd_read", at_fd | {"iovs": values.IOVECS}, {"nread": layout.BYTES}, "Reads into memory."),
        row("fd_readdir", at_fd | {"buf": values.DIRENTS, "cookie": values.DIRCOOKIE}, {"bufused": layout.BYTES}, "Reads directory entries."),
        row("fd_renumber", {"fd": values.FD, "to": values.FD}, {}, "Moves a descriptor to the number of another, which is closed."),
        row("fd_seek", at_fd | {"offset": values.FILEDELTA, "whence": whence}, {"newoffset": layout.FILESIZE}, "Moves the offset of a descriptor."),
        row("fd_sync", at_fd, {}, "Brings a file's data and attributes to the disk."),
        row("fd_tell", at_fd, {"offset": layout.FILESIZE}, "Returns the offset of a descriptor."),
        row("fd_write", at_fd | {"iovs": values.CIOVECS}, {"nwritten": layout.BYTES}, "Writes from memory."),
        row("path_create_directory", at_fd | {"path": values.PATH}, {}, "Makes a directory."),
        row("path_filestat_get", at_fd | {"flags": values.LOOKUPFLAGS, "path": values.PATH}, {"stat": filestat}, "Returns the attributes of a file."),
        row("path_filestat_set_times", at_fd | {"flags": values.LOOKUPFLAGS, "path": values.PATH, "atim": values.TIMESTAMP, "mtim": values.TIMESTAMP, "fst_flags": values.FSTFLAGS}, {}, "Sets the times of a file."),
        row("path_link", {"old_fd": values.FD, "old_flags": values.LOOKUPFLAGS, "old_path": values.PATH, "new_fd": values.FD, "new_path": values.PATH}, {}, "Makes a hard link."),
        row("path_open", at_fd | {"dirflags": values.LOOKUPFLAGS, "path": values.PATH, "oflags": values.OFLAGS, "fs_rights_base": values.RIGHTS, "fs_rights_inheriting": values.RIGHTS, "fdflags": values.FDFLAGS}, {"opened_fd": layout.FD}, "Opens or makes a file, or opens a directory."),
        row("path_readlink", at_fd | {"path": values.PATH, "buf": values.BUFFER}, {"bufused": layout.BYTES}, "Reads where a symbolic link leads."),
        row("path_remove_directory", at_fd | {"path": values.PATH}, {}, "Removes an empty directory."),
        row("path_rename", {"fd": values.FD, "old_path": values.PATH, "new_fd": values.FD, "new_path": values.PATH}, {}, "Renames a file or directory."),
        row("path_symlink", {"old_path": values.PATH, "fd": values.FD, "new_path": values.PATH}, {}, "Makes a symbolic link."),
        row("path_unlink_file", at_fd | {"path": values.PATH}, {}, "Removes a file."),
        row("poll_oneoff", {"in": subscriptions, "out": values.POINTER, "nsubscriptions": values.SIZE}, {"nevents": layout.EVENTS}, "Waits until one of several things happens."),
        row("proc_exit", {"rval": values.U32}, {}, "Ends the program."),
        row("proc_raise", {"sig": values.SIGNAL}, {}, "Sends the program a signal."),
        row("sched_yield", {}, {}, "Lets others run."),
        row("random_get", {"buf": values.RANDOM_BUFFER}, {}, "Fills memory with random bytes."),
        *(() if unstable else (row("sock_accept", at_fd | {"flags": values.FDFLAGS}, {"ro_fd": layout.FD}, "Accepts a connection."),)),
        row("sock_recv", at_fd | {"ri_data": values.IOVECS, "ri_flags": values.RIFLAGS}, {"ro_datalen": layout.BYTES, "ro_flags": layout.ROFLAGS}, "Receives a message."),
        row("sock_send", at_fd | {"si_data": values.CIOVECS, "si_flags": values.SIFLAGS}, {"so_datalen": layout.BYTES}, "Sends a message."),
        row("sock_shutdown", at_fd | {"how": values.SDFLAGS}, {}, "Ends one or both directions of a connection."),
    )
    # fmt: on


ROWS: dict[tuple[str, str], AbiRow] = {
    (row.module, row.name): row for module in MODULES for row in _rows(module)
}
"""Every function by (module, name)."""

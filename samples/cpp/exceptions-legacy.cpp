// title: Exceptions in C++, as they were encoded before
// shows: The same program with the instructions before WebAssembly 3.0: try, catch, rethrow.
// run: wasmlab run samples/cpp/exceptions-legacy.wasm
// expect: order 3: 12
// expect: order -1: closing the box, closing the drawer, not a number of pieces: -1
// expect: order 7: closing the box, closing the drawer, lost: box 7
// expect: order 9: closing the box, closing the drawer, something else
// exit: 0

#include "exceptions.cpp"

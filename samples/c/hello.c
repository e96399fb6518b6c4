// title: Hello, world in C
// shows: What puts does: from main through the C library to one fd_write.
// run: wasmlab run samples/c/hello.wasm
// expect: Hello from C!
// exit: 0

#include <stdio.h>

int main(void) {
    puts("Hello from C!");
    return 0;
}

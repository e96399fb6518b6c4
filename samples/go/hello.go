// title: Hello, world in Go
// shows: A language with a runtime: scheduler and heap start up before main prints.
// run: wasmlab run samples/go/hello.wasm
// expect: Hello from Go!
// exit: 0

package main

import "os"

func main() {
	os.Stdout.WriteString("Hello from Go!\n")
}

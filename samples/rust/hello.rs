// title: Hello, world in Rust
// shows: What println! does: formatting, a locked stdout, and one fd_write.
// run: wasmlab run samples/rust/hello.wasm
// expect: Hello from Rust!
// exit: 0

fn main() {
    println!("Hello from Rust!");
}

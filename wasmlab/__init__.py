"""wasmlab: see WebAssembly run."""

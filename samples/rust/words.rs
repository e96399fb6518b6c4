// title: Word count in Rust
// shows: A small text tool: reads standard input, prints its three most frequent words.
// run: wasmlab run samples/rust/words.wasm
// stdin: The cat saw the dog, and the dog saw the cat:
// stdin: a dog and a cat.
// expect: 4 the
// expect: 3 cat
// expect: 3 dog
// exit: 0

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::io::{self, Read};

const SHOWN: usize = 3;

fn count_words(text: &str) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for word in text.split(|c: char| !c.is_ascii_alphabetic()) {
        if !word.is_empty() {
            *counts.entry(word.to_ascii_lowercase()).or_insert(0) += 1;
        }
    }
    counts
}

fn main() -> io::Result<()> {
    let mut text = String::new();
    io::stdin().read_to_string(&mut text)?;
    let mut words: Vec<(String, usize)> = count_words(&text).into_iter().collect();
    // The sort is stable: equally frequent words stay in alphabetical order.
    words.sort_by_key(|(_, count)| Reverse(*count));
    for (word, count) in words.iter().take(SHOWN) {
        println!("{} {}", count, word);
    }
    Ok(())
}

// title: Word count in Go
// shows: A small text tool: reads standard input, prints its three most frequent words.
// run: wasmlab run samples/go/words.wasm
// stdin: The cat saw the dog, and the dog saw the cat:
// stdin: a dog and a cat.
// expect: 4 the
// expect: 3 cat
// expect: 3 dog
// exit: 0

package main

import (
	"io"
	"os"
	"sort"
	"strconv"
	"strings"
)

const shown = 3

func notLetter(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
}

func main() {
	text, err := io.ReadAll(os.Stdin)
	if err != nil {
		os.Exit(1)
	}
	counts := map[string]int{}
	for _, word := range strings.FieldsFunc(string(text), notLetter) {
		counts[strings.ToLower(word)]++
	}
	words := make([]string, 0, len(counts))
	for word := range counts {
		words = append(words, word)
	}
	// The more frequent word first; equally frequent ones in alphabetical order.
	sort.Slice(words, func(i, j int) bool {
		a, b := words[i], words[j]
		if counts[a] != counts[b] {
			return counts[a] > counts[b]
		}
		return a < b
	})
	for i, word := range words {
		if i == shown {
			break
		}
		os.Stdout.WriteString(strconv.Itoa(counts[word]) + " " + word + "\n")
	}
}

// title: Word count in C
// shows: A small text tool: reads standard input, prints its three most frequent words.
// run: wasmlab run samples/c/words.wasm
// stdin: The cat saw the dog, and the dog saw the cat:
// stdin: a dog and a cat.
// expect: 4 the
// expect: 3 cat
// expect: 3 dog
// exit: 0

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_WORDS = 1024, MAX_LENGTH = 32, SHOWN = 3 };

struct word {
    char text[MAX_LENGTH];
    int count;
};

static struct word words[MAX_WORDS];
static int word_count;

static void count_word(const char *text) {
    for (int i = 0; i < word_count; i++) {
        if (strcmp(words[i].text, text) == 0) {
            words[i].count++;
            return;
        }
    }
    if (word_count < MAX_WORDS) {
        strcpy(words[word_count].text, text);
        words[word_count].count = 1;
        word_count++;
    }
}

// Reads the next word in lower case; letters beyond the buffer are dropped. 0 at the end.
static int read_word(char *text) {
    int length = 0;
    int c;
    while ((c = getchar()) != EOF) {
        if (isalpha(c)) {
            if (length < MAX_LENGTH - 1) {
                text[length++] = (char)tolower(c);
            }
        } else if (length > 0) {
            break;
        }
    }
    text[length] = '\0';
    return length;
}

// The more frequent word first; equally frequent ones in alphabetical order.
static int compare(const void *left, const void *right) {
    const struct word *a = left;
    const struct word *b = right;
    return a->count != b->count ? b->count - a->count : strcmp(a->text, b->text);
}

int main(void) {
    char text[MAX_LENGTH];
    while (read_word(text)) {
        count_word(text);
    }
    qsort(words, (size_t)word_count, sizeof words[0], compare);
    for (int i = 0; i < word_count && i < SHOWN; i++) {
        printf("%d %s\n", words[i].count, words[i].text);
    }
    return 0;
}

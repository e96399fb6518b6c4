/* Sorts numbers and strings with the library's qsort, and prints a checksum.
 *
 * Built into sort.wasm, as its siblings are, by
 *
 *     python -m ziglang cc -target wasm32-wasi -O2 -s -o sort.wasm sort.c
 */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NUMBERS 20000
#define WORDS 3000

static uint32_t state = 12345;

static uint32_t next(void) {
    state = state * 1664525u + 1013904223u;
    return state >> 8;
}

static int by_value(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static int by_text(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

int main(void) {
    uint32_t *numbers = malloc(NUMBERS * sizeof *numbers);
    char **words = malloc(WORDS * sizeof *words);
    for (int i = 0; i < NUMBERS; i++)
        numbers[i] = next();
    for (int i = 0; i < WORDS; i++) {
        char word[24];
        snprintf(word, sizeof word, "w%06u-%u", next() % 1000000, i % 7);
        words[i] = strdup(word);
    }
    qsort(numbers, NUMBERS, sizeof *numbers, by_value);
    qsort(words, WORDS, sizeof *words, by_text);
    uint32_t sum = 0;
    for (int i = 0; i < NUMBERS; i += 1000)
        sum = sum * 31 + numbers[i];
    printf("%u %s %s\n", sum, words[0], words[WORDS - 1]);
    return 0;
}

/* A hash table of words that grows: allocation, strings, and lookups.
 *
 * Built into table.wasm, as its siblings are, by
 *
 *     python -m ziglang cc -target wasm32-wasi -O2 -s -o table.wasm table.c
 */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDS 30000

typedef struct Entry {
    struct Entry *next;
    uint32_t hash, count;
    char word[];
} Entry;

static Entry **slots;
static uint32_t size = 16, used;

static uint32_t hash_of(const char *word) {
    uint32_t hash = 2166136261u;
    for (; *word; word++)
        hash = (hash ^ (uint8_t)*word) * 16777619u;
    return hash;
}

static void grow(void) {
    Entry **larger = calloc(size * 2, sizeof *larger);
    for (uint32_t i = 0; i < size; i++)
        for (Entry *e = slots[i], *next; e; e = next) {
            next = e->next;
            Entry **slot = &larger[e->hash & (size * 2 - 1)];
            e->next = *slot;
            *slot = e;
        }
    free(slots);
    slots = larger;
    size *= 2;
}

static void count(const char *word) {
    uint32_t hash = hash_of(word);
    for (Entry *e = slots[hash & (size - 1)]; e; e = e->next)
        if (e->hash == hash && strcmp(e->word, word) == 0) {
            e->count++;
            return;
        }
    if (used++ > size)
        grow();
    Entry *e = malloc(sizeof *e + strlen(word) + 1);
    strcpy(e->word, word);
    e->hash = hash;
    e->count = 1;
    e->next = slots[hash & (size - 1)];
    slots[hash & (size - 1)] = e;
}

int main(void) {
    uint32_t state = 1, most = 0;
    slots = calloc(size, sizeof *slots);
    for (int i = 0; i < ROUNDS; i++) {
        char word[16];
        state = state * 1103515245u + 12345u;
        sprintf(word, "%x", (state >> 16) % 20011u);
        count(word);
    }
    for (uint32_t i = 0; i < size; i++)
        for (Entry *e = slots[i]; e; e = e->next)
            if (e->count > most)
                most = e->count;
    printf("%u words, %u times at most\n", used, most);
    return 0;
}

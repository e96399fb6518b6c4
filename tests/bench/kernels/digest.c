/* SHA-256 of half a megabyte: 32-bit integers and rotations.
 *
 * Built into digest.wasm, as its siblings are, by
 *
 *     python -m ziglang cc -target wasm32-wasi -O2 -s -o digest.wasm digest.c
 */

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define BLOCKS 8000

static uint32_t k[64], h[8];

static uint32_t rotated(uint32_t x, int by) { return x >> by | x << (32 - by); }

/* The first 32 bits of the fraction of a root of a number, by trying bits. */
static uint32_t fraction(uint32_t of, int cube) {
    uint64_t root = 0;
    for (int bit = 35; bit >= 0; bit--) {
        uint64_t tried = root | 1ull << bit;
        __uint128_t power = (__uint128_t)tried * tried;
        int shift = 64;
        if (cube) {
            power = (power >> 16) * tried;
            shift = 80;
        }
        if (power <= (__uint128_t)of << shift)
            root = tried;
    }
    return (uint32_t)root;
}

static void constants(void) {
    int found = 0;
    for (uint32_t n = 2; found < 64; n++) {
        int prime = 1;
        for (uint32_t d = 2; d * d <= n; d++)
            prime &= n % d != 0;
        if (!prime)
            continue;
        if (found < 8)
            h[found] = fraction(n, 0);
        k[found++] = fraction(n, 1);
    }
}

static void block(const uint8_t *data) {
    uint32_t w[64], s[8];
    for (int i = 0; i < 16; i++)
        w[i] = (uint32_t)data[4 * i] << 24 | data[4 * i + 1] << 16 | data[4 * i + 2] << 8 |
               data[4 * i + 3];
    for (int i = 16; i < 64; i++) {
        uint32_t a = w[i - 15], b = w[i - 2];
        w[i] = w[i - 16] + w[i - 7] + (rotated(a, 7) ^ rotated(a, 18) ^ a >> 3) +
               (rotated(b, 17) ^ rotated(b, 19) ^ b >> 10);
    }
    memcpy(s, h, sizeof s);
    for (int i = 0; i < 64; i++) {
        uint32_t e = s[4], a = s[0];
        uint32_t t = s[7] + (rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25)) +
                     ((e & s[5]) ^ (~e & s[6])) + k[i] + w[i];
        uint32_t u = (rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22)) +
                     ((a & s[1]) ^ (a & s[2]) ^ (s[1] & s[2]));
        memmove(s + 1, s, 7 * sizeof *s);
        s[4] += t;
        s[0] = t + u;
    }
    for (int i = 0; i < 8; i++)
        h[i] += s[i];
}

int main(void) {
    uint8_t data[64];
    constants();
    for (int n = 0; n < BLOCKS; n++) {
        for (int i = 0; i < 64; i++)
            data[i] = (uint8_t)(n * 7 + i);
        block(data);
    }
    for (int i = 0; i < 8; i++)
        printf("%08x", h[i]);
    printf("\n");
    return 0;
}

#include "formats/csv/crc.h"

void crc_init(struct crc *crc)
{
    crc->value = 0;
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t remainder = i;
        for (int bit = 0; bit < 8; bit++)
            remainder = remainder >> 1 ^ (remainder & 1 ? 0xedb88320u : 0);
        crc->table[0][i] = remainder;
    }
    /* table[k]: the same with k zero bytes after it, so that eight bytes are looked up at once. */
    for (int k = 1; k < 8; k++)
        for (int i = 0; i < 256; i++) {
            uint32_t before = crc->table[k - 1][i];
            crc->table[k][i] = before >> 8 ^ crc->table[0][before & 255];
        }
}

void crc_add(struct crc *crc, const void *bytes, size_t size)
{
    const uint8_t *p = bytes;
    uint32_t value = ~crc->value;
    for (; size >= 8; size -= 8, p += 8) {
        value ^= (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
        value = crc->table[7][value & 255] ^ crc->table[6][value >> 8 & 255] ^ crc->table[5][value >> 16 & 255] ^
                crc->table[4][value >> 24] ^ crc->table[3][p[4]] ^ crc->table[2][p[5]] ^ crc->table[1][p[6]] ^
                crc->table[0][p[7]];
    }
    for (; size; size--, p++)
        value = value >> 8 ^ crc->table[0][(value ^ *p) & 255];
    crc->value = ~value;
}

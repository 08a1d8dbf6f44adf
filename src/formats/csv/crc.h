/* CRC-32 as in gzip (RFC 1952). */
#ifndef FORMATS_CSV_CRC_H
#define FORMATS_CSV_CRC_H

#include <stddef.h>
#include <stdint.h>

struct crc {
    uint32_t value; /* of the bytes so far */
    uint32_t table[8][256];
};

void crc_init(struct crc *crc);
void crc_add(struct crc *crc, const void *bytes, size_t size);

#endif

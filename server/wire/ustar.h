/* Archives of POSIX.1-1988 (ustar), of regular files alone: how evidence is carried. Blocks of 512
 * bytes: a header, then the file, padded with zeros; at the end at least two blocks of zeros. Left
 * out: directories, links, prefixes of names, everything that came later. */
#ifndef IC_WIRE_USTAR_H
#define IC_WIRE_USTAR_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/rd.h"
#include "base/wr.h"

#define IC_USTAR_NAME_MAX 100
#define IC_USTAR_BLOCK    512

struct ic_ustar {
    struct ic_rd r;
};

/* Lends the bytes of the archive. */
struct ic_ustar_file {
    char name[IC_USTAR_NAME_MAX + 1]; /* printable ASCII, terminated */
    const uint8_t *bytes;
    size_t len;
};

/* Borrows the bytes until the last file is read. */
struct ic_ustar ic_ustar_init(const uint8_t *bytes, size_t len);
/* The next file.
 *  IC_ERR_GONE   that was all, and the archive ends as it should
 *  IC_ERR_INPUT  not such an archive from here on; out untouched in both */
IC_NODISCARD enum ic_err ic_ustar_next(struct ic_ustar *u, struct ic_ustar_file *out);

/* One more file, whose name has 1 to IC_USTAR_NAME_MAX characters and which is smaller than 8 GiB
 * (both asserted). The writer is bad when it is full. */
void ic_ustar_write(struct ic_wr *w, const char *name, const uint8_t *bytes, size_t len);
/* The end of the archive. */
void ic_ustar_write_end(struct ic_wr *w);

#endif

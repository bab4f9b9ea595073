/* Built without libipsec-mb. */
#include "crypto/ctr_sha1_mb.h"

#include "base/assert.h"

struct ic_ctr_sha1_mb *ic_ctr_sha1_mb_create(void)
{
    return NULL;
}

void ic_ctr_sha1_mb_destroy(struct ic_ctr_sha1_mb *mb)
{
    IC_ASSERT(mb == NULL);
}

const struct ic_ctr_sha1_engine *ic_ctr_sha1_mb_engine(const struct ic_ctr_sha1_mb *mb)
{
    IC_ASSERT(mb == NULL);
    return NULL;
}

/* Built without libipsec-mb. */
#include "crypto/aead_mb.h"

#include "base/assert.h"

struct ic_aead_mb *ic_aead_mb_create(void)
{
    return NULL;
}

void ic_aead_mb_destroy(struct ic_aead_mb *mb)
{
    IC_ASSERT(mb == NULL);
}

const struct ic_aead_engine *ic_aead_mb_engine(const struct ic_aead_mb *mb)
{
    IC_ASSERT(mb == NULL);
    return NULL;
}

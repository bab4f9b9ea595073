#include "crypto/ctr_sha1.h"

#include <string.h>

#include "base/assert.h"

enum ic_err ic_ctr_sha1_init(struct ic_ctr_sha1 *k, const struct ic_ctr_sha1_engine *engine,
                             const uint8_t key[static IC_CTR_SHA1_KEY_LEN],
                             const uint8_t auth[static IC_CTR_SHA1_AUTH_LEN])
{
    *k = (struct ic_ctr_sha1){.engine = engine};
    enum ic_err err = engine->init(k, key, auth);
    if (err != IC_OK)
        memset(k, 0, sizeof *k);
    return err;
}

void ic_ctr_sha1_deinit(struct ic_ctr_sha1 *k)
{
    if (k->engine != NULL)
        k->engine->deinit(k);
    memset(k, 0, sizeof *k);
}

enum ic_err ic_ctr_sha1_seal(const struct ic_ctr_sha1_engine *engine,
                             const struct ic_ctr_sha1_message *messages, size_t count)
{
    IC_ASSERT(count > 0 && count <= IC_CTR_SHA1_MAX);
    return engine->seal(engine, messages, count);
}

/* A machine that moves: ic_ice_poll of the product with --wrap. While the file that TEST_HOSTILE
 * names says "move", checks to any address but ELSEWHERE get no answer; instead the browser is sent
 * a check from there, with the right names and passwords and the highest priority. A browser makes
 * it a candidate (peer reflexive), checks it, is answered, and takes it: the pair has gone to an
 * address that nobody has announced. Never in the product. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/hmac.h"
#include "transport/ice.h"
#include "wire/stun.h"

#define WORD_MAX    16
#define HIGHEST     0x7ffffffeu
#define TIE_BREAKER 0x1122334455667788u

__typeof__(ic_ice_poll) __real_ic_ice_poll, __wrap_ic_ice_poll;

static bool is_told_to_move(void)
{
    const char *path = getenv("TEST_HOSTILE");
    char word[WORD_MAX] = "";
    FILE *file = path == NULL ? NULL : fopen(path, "r");
    if (file == NULL)
        return false;
    bool is_read = fscanf(file, "%15s", word) == 1;
    fclose(file);
    return is_read && strcmp(word, "move") == 0;
}

/* A request to the browser in the place of what was there. */
static bool write_check(const struct ic_ice *ice, const struct ic_addr *from,
                        struct ic_ice_out *out)
{
    static uint8_t transaction[IC_STUN_TRANSACTION_LEN];
    struct ic_wr w = ic_wr_init(out->bytes, sizeof out->bytes);
    uint8_t integrity[IC_HMAC_SHA1_LEN];
    uint16_t port = out->path.local.port;
    transaction[0]++;
    ic_stun_write_header(&w, IC_STUN_REQUEST, IC_STUN_METHOD_BINDING, transaction);
    ic_stun_write_username(&w, ice->remote_ufrag, ice->local_ufrag);
    ic_stun_write_priority(&w, HIGHEST);
    ic_stun_write_role(&w, false, TIE_BREAKER);
    size_t offset = ic_stun_write_integrity(&w);
    const struct ic_part part = {w.base, offset};
    if (!ic_wr_ok(&w) || ic_hmac_sha1((const uint8_t *)ice->remote_pwd, strlen(ice->remote_pwd),
                                      &part, 1, integrity) != IC_OK)
        return false;
    ic_stun_set_integrity(&w, offset, integrity);
    ic_stun_write_fingerprint(&w);
    out->path.local = *from;
    out->path.local.port = port;
    out->len = w.len;
    return ic_wr_ok(&w);
}

bool __wrap_ic_ice_poll(struct ic_ice *ice, struct ic_ice_out *out)
{
    const struct ic_addr elsewhere = ic_addr_v4(10, 99, 0, 3, 0);
    bool has = __real_ic_ice_poll(ice, out);
    if (!has || memcmp(out->path.local.ip, elsewhere.ip, sizeof elsewhere.ip) == 0 ||
        !is_told_to_move())
        return has;
    return write_check(ice, &elsewhere, out);
}

/* room: cluster */
/* Node certificates, node sets and operator key lists: what parses is written back byte for byte,
 * and what is signed is what was signed. Input: a byte that chooses, then the bytes. */
#include "base/assert.h"
#include "cluster/node_cert.h"
#include "cluster/node_set.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void assert_same(const struct ic_wr *w, const uint8_t *data, size_t size)
{
    IC_ASSERT(ic_wr_ok(w) && w->len == size && memcmp(w->base, data, size) == 0);
}

static void try_cert(const uint8_t *data, size_t size)
{
    struct ic_node_cert cert;
    uint8_t out[IC_NODE_CERT_MAX];
    struct ic_wr w = ic_wr_init(out, sizeof out);
    if (ic_node_cert_parse(data, size, &cert) != IC_NODE_GOOD)
        return;
    ic_node_cert_write(&w, &cert);
    assert_same(&w, data, size);
    IC_ASSERT(cert.serial >= 1 && cert.roles != 0 && ic_country_is_known(cert.country) &&
              cert.not_after_s - cert.not_before_s <= IC_NODE_CERT_VALIDITY_MAX_S);
    for (size_t i = 0; i < cert.address_count; i++) {
        struct ic_addr addr = {.port = 1};
        memcpy(addr.ip, cert.addresses[i].ip, sizeof addr.ip);
        IC_ASSERT(ic_node_cert_covers(&cert, &addr));
    }
    struct ic_node_cert sorted = cert;
    ic_node_cert_sort(&sorted);
    IC_ASSERT(memcmp(sorted.addresses, cert.addresses, sizeof cert.addresses) == 0);
}

static void try_set(const uint8_t *data, size_t size)
{
    static struct ic_node_set set;
    static uint8_t out[IC_NODE_SET_MAX];
    struct ic_wr w = ic_wr_init(out, sizeof out);
    if (ic_node_set_parse(data, size, &set) != IC_NODE_GOOD)
        return;
    ic_node_set_write(&w, &set);
    assert_same(&w, data, size);
    for (size_t i = 0; i < set.count; i++)
        IC_ASSERT(ic_node_set_has(&set, &set.certs[i]));
}

static void try_keys(const uint8_t *data, size_t size)
{
    struct ic_operator_keys keys;
    uint8_t out[IC_OPERATOR_LIST_MAX];
    struct ic_wr w = ic_wr_init(out, sizeof out);
    if (ic_operator_keys_parse(data, size, &keys) != IC_NODE_GOOD)
        return;
    IC_ASSERT(keys.threshold >= 1 && keys.threshold <= keys.count);
    ic_operator_keys_sort(&keys);
    ic_operator_keys_write(&w, &keys);
    assert_same(&w, data, size);
}

/* Whose private key nobody has, so that no note and no rotation of theirs can be good. */
static void try_notes(const uint8_t *data, size_t size)
{
    static struct ic_node_set set;
    static const uint8_t key[IC_ED25519_KEY_LEN] = {
        0xe9, 0x32, 0x79, 0x1a, 0xe6, 0xe7, 0xa8, 0x40, 0xa4, 0x61, 0x64,
        0xc9, 0x04, 0x78, 0x64, 0x26, 0xd5, 0xe7, 0x82, 0x1d, 0xd8, 0xb2,
        0x9a, 0x00, 0xd6, 0x1c, 0xae, 0x72, 0xaf, 0xdd, 0x4d, 0xa4,
    };
    struct ic_operator_keys keys = {.serial = 1, .threshold = 1, .count = 1};
    struct ic_node_cert cert;
    struct ic_part list = {data, size};
    IC_ASSERT(ic_note_key_init(&keys.keys[0], "example.com/foo", 15, key) == IC_OK);
    IC_ASSERT(ic_node_cert_open(data, size, &keys, 1795521600, &cert) != IC_NODE_GOOD);
    IC_ASSERT(ic_node_set_open(data, size, &keys, 1795521600, &set) != IC_NODE_GOOD);
    IC_ASSERT(ic_operator_keys_rotate(&keys, data, size) != IC_NODE_GOOD);
    IC_ASSERT(ic_operator_keys_open(&list, 1, keys.sha256, &keys) != IC_NODE_GOOD);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const targets[])(const uint8_t *, size_t) = {try_cert, try_set, try_keys,
                                                               try_notes};
    if (size > 0)
        targets[data[0] % 4](&data[1], size - 1);
    return 0;
}

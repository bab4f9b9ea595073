/* room: tlog */
/* Proof files: what is taken is written back the same, and none shows an entry that the log of the
 * keys has never had. */
#include "base/assert.h"
#include "tlog/proof.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t log_key[IC_ED25519_KEY_LEN] = {
    0x66, 0xbe, 0x7e, 0x33, 0x2c, 0x7a, 0x45, 0x33, 0x32, 0xbd, 0x9d, 0x0a, 0x7f, 0x7d, 0xb0, 0x55,
    0xf5, 0xc5, 0xef, 0x1a, 0x06, 0xad, 0xa6, 0x6d, 0x98, 0xb3, 0x9f, 0xb6, 0x81, 0x0c, 0x47, 0x3a};
static const uint8_t witness_key[IC_ED25519_KEY_LEN] = {
    0xd5, 0x42, 0x07, 0xda, 0x19, 0x49, 0x77, 0xdc, 0xf4, 0x6a, 0xdb, 0xfe, 0xc2, 0xbc, 0x2e, 0x75,
    0xb5, 0x2d, 0x5a, 0x8a, 0x42, 0x18, 0x4f, 0xed, 0xfd, 0xc0, 0x00, 0x24, 0xf0, 0xe3, 0xe8, 0xda};

static void try_lie(const struct ic_proof *proof)
{
    static const uint8_t strange[] = "what was never logged";
    static const char origin[] = "meet.example.org/log";
    const struct ic_part part = {strange, sizeof strange};
    struct ic_proof_policy policy = {.origin = origin, .origin_len = sizeof origin - 1};
    struct ic_proof_result result;
    struct ic_witness witness;
    struct ic_merkle_hash leaf;
    IC_ASSERT(ic_note_key_init(&policy.log, origin, sizeof origin - 1, log_key) == IC_OK);
    IC_ASSERT(ic_witness_init(&witness, "w1.example", 10, witness_key) == IC_OK);
    IC_ASSERT(ic_proof_policy_add(&policy, &witness) == IC_OK);
    IC_ASSERT(ic_merkle_leaf(&part, 1, &leaf) == IC_OK);
    IC_ASSERT(ic_proof_verify(proof, &policy, &leaf, &result) != IC_PROOF_GOOD);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t out[IC_TLOG_PROOF_MAX];
    struct ic_proof proof;
    if (ic_proof_parse(data, size, &proof) != IC_OK)
        return 0;
    struct ic_wr w = ic_wr_init(out, sizeof out);
    ic_proof_write(&w, &proof);
    IC_ASSERT(ic_wr_ok(&w) && w.len == size && memcmp(out, data, size) == 0);
    try_lie(&proof);
    return 0;
}

/* room: cluster */
/* Route receipts: what parses is written back byte for byte, and nobody signed what a fuzzer made.
 * Input: a byte that chooses, then a text or a note. */
#include "base/assert.h"
#include "cluster/receipt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_text(const uint8_t *data, size_t size)
{
    struct ic_receipt receipt;
    uint8_t out[IC_RECEIPT_MAX];
    struct ic_wr w = ic_wr_init(out, sizeof out);
    if (ic_receipt_parse(data, size, &receipt) != IC_RECEIPT_GOOD)
        return;
    ic_receipt_write(&w, &receipt);
    IC_ASSERT(ic_wr_ok(&w) && w.len == size && memcmp(out, data, size) == 0);
    IC_ASSERT(receipt.length_s >= 1 && receipt.length_s <= IC_RECEIPT_INTERVAL_S);
    IC_ASSERT(receipt.seq >= 1);
    IC_ASSERT(ic_country_is_known(receipt.country));
    IC_ASSERT(ic_receipt_follow(&receipt, &receipt, false) == IC_RECEIPT_SEQ);
}

static void try_note(const uint8_t *data, size_t size)
{
    /* Whose private key nobody has. */
    static const uint8_t bytes[IC_ED25519_KEY_LEN] = {
        0xe9, 0x32, 0x79, 0x1a, 0xe6, 0xe7, 0xa8, 0x40, 0xa4, 0x61, 0x64,
        0xc9, 0x04, 0x78, 0x64, 0x26, 0xd5, 0xe7, 0x82, 0x1d, 0xd8, 0xb2,
        0x9a, 0x00, 0xd6, 0x1c, 0xae, 0x72, 0xaf, 0xdd, 0x4d, 0xa4,
    };
    struct ic_note_key key;
    struct ic_receipt receipt;
    IC_ASSERT(ic_note_key_init(&key, "a.example/receipt", 17, bytes) == IC_OK);
    IC_ASSERT(ic_receipt_open(data, size, &key, &receipt) != IC_RECEIPT_GOOD);
    (void)ic_receipt_peek(data, size, &receipt);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 0)
        (data[0] % 2 == 0 ? try_text : try_note)(&data[1], size - 1);
    return 0;
}

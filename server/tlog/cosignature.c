#include "tlog/cosignature.h"

#include "base/assert.h"
#include "base/rd.h"
#include "crypto/ct.h"
#include "tlog/checkpoint.h"

#define TIMED_LEN (8 + IC_ED25519_SIGNATURE_LEN)

static_assert(TIMED_LEN == IC_NOTE_SIGNATURE_MAX, "no signature is longer");

static const char header[] = "cosignature/v1\ntime ";

#define MESSAGE_MAX (sizeof header - 1 + 20 + 1 + IC_TLOG_COSIGNED_MAX)

enum ic_err ic_witness_init(struct ic_witness *w, const char *name, size_t name_len,
                            const uint8_t key[static IC_ED25519_KEY_LEN])
{
    return ic_note_key_init_as(&w->key, IC_NOTE_TYPE_COSIGNATURE, name, name_len, key);
}

enum ic_err ic_witness_parse(struct ic_witness *w, const char *vkey, size_t len)
{
    return ic_note_key_parse_as(&w->key, IC_NOTE_TYPE_COSIGNATURE, vkey, len);
}

/* What is signed: the header, the time and the whole text. */
static struct ic_wr write_message(uint8_t out[static MESSAGE_MAX], const uint8_t *text,
                                  size_t text_len, uint64_t time_s)
{
    struct ic_wr w = ic_wr_init(out, MESSAGE_MAX);
    ic_wr_text(&w, header);
    ic_wr_decimal(&w, time_s);
    ic_wr_u8(&w, '\n');
    ic_wr_bytes(&w, text, text_len);
    return w;
}

enum ic_err ic_cosignature_sign(struct ic_wr *w, const struct ic_witness *witness,
                                const struct ic_ed25519 *private_key, const uint8_t *text,
                                size_t text_len, uint64_t time_s)
{
    uint8_t message[MESSAGE_MAX], timed[TIMED_LEN];
    struct ic_wr m = write_message(message, text, text_len, time_s);
    struct ic_wr t = ic_wr_init(timed, sizeof timed);
    struct ic_checkpoint checkpoint;
    IC_ASSERT(text_len <= IC_TLOG_COSIGNED_MAX && time_s <= IC_COSIGNATURE_TIME_MAX);
    IC_ASSERT(ic_wr_ok(&m) && ic_checkpoint_parse(text, text_len, &checkpoint) == IC_OK);
    IC_ASSERT(ic_ct_equal(witness->key.key, private_key->public_key, IC_ED25519_KEY_LEN));
    ic_wr_u64(&t, time_s);
    enum ic_err err = ic_ed25519_sign(private_key, message, m.len, &timed[t.len]);
    if (err != IC_OK)
        return err;
    ic_note_write_signature(w, &witness->key, timed, sizeof timed);
    return ic_wr_ok(w) ? IC_OK : IC_ERR_FULL;
}

enum ic_err ic_cosignature_verify(const struct ic_note *note, const struct ic_witness *witness,
                                  uint64_t *time_s)
{
    uint8_t message[MESSAGE_MAX], timed[TIMED_LEN];
    uint64_t last = 0;
    size_t at = 0, verified = 0;
    enum ic_err err;
    if (note->text_len > IC_TLOG_COSIGNED_MAX)
        return IC_ERR_INPUT;
    while ((err = ic_note_next_signature(note, &witness->key, &at, timed, sizeof timed)) == IC_OK) {
        struct ic_rd r = ic_rd_init(timed, sizeof timed);
        uint64_t time = ic_rd_u64(&r);
        struct ic_wr m = write_message(message, note->text, note->text_len, time);
        if (!ic_wr_ok(&m) || time > IC_COSIGNATURE_TIME_MAX ||
            !ic_ed25519_verify(witness->key.key, message, m.len, r.p))
            return IC_ERR_AUTH;
        last = time > last ? time : last;
        verified++;
    }
    if (err == IC_ERR_GONE && verified > 0) {
        *time_s = last;
        return IC_OK;
    }
    return err;
}

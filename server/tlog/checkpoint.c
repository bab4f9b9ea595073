#include "tlog/checkpoint.h"

#include <stdbool.h>
#include <string.h>

#include "base/assert.h"
#include "base/rd.h"
#include "base/text.h"

/* The next line, not empty, its line feed taken too; NULL when there is none. */
static const char *line(struct ic_rd *r, size_t *len)
{
    const uint8_t *end = r->left == 0 ? NULL : memchr(r->p, '\n', r->left);
    if (end == NULL || end == r->p) {
        r->bad = true;
        return NULL;
    }
    *len = (size_t)(end - r->p);
    const uint8_t *at = ic_rd_take(r, *len + 1);
    return (const char *)at;
}

enum ic_err ic_checkpoint_parse(const uint8_t *text, size_t len, struct ic_checkpoint *out)
{
    struct ic_checkpoint c = {0};
    struct ic_rd r = ic_rd_init(text, len);
    size_t size_len = 0, root_len = 0, more_len = 0;
    c.origin = line(&r, &c.origin_len);
    const char *size = line(&r, &size_len);
    const char *root = line(&r, &root_len);
    while (ic_rd_ok(&r) && r.left > 0)
        (void)line(&r, &more_len); /* "extension lines, opaque and OPTIONAL" */
    if (!ic_rd_done(&r) || ic_decimal_decode(size, size_len, &c.head.size) != IC_OK ||
        ic_base64_decode(root, root_len, c.head.root.bytes, IC_MERKLE_HASH_LEN) != IC_OK)
        return IC_ERR_INPUT;
    *out = c;
    return IC_OK;
}

enum ic_err ic_checkpoint_open(const uint8_t *bytes, size_t len, const struct ic_note_key *key,
                               struct ic_checkpoint *out)
{
    struct ic_note note;
    enum ic_err err = ic_note_parse(bytes, len, &note);
    if (err == IC_OK)
        err = ic_note_verify(&note, key);
    return err == IC_OK ? ic_checkpoint_parse(note.text, note.text_len, out) : err;
}

void ic_checkpoint_write(struct ic_wr *w, const struct ic_checkpoint *checkpoint)
{
    char root[IC_BASE64_LEN(IC_MERKLE_HASH_LEN) + 1];
    ic_base64_encode(checkpoint->head.root.bytes, IC_MERKLE_HASH_LEN, root);
    ic_wr_bytes(w, checkpoint->origin, checkpoint->origin_len);
    ic_wr_u8(w, '\n');
    ic_wr_decimal(w, checkpoint->head.size);
    ic_wr_u8(w, '\n');
    ic_wr_text(w, root);
    ic_wr_u8(w, '\n');
}

enum ic_err ic_checkpoint_sign(struct ic_wr *w, const struct ic_checkpoint *checkpoint,
                               const struct ic_note_key *key, const struct ic_ed25519 *private_key)
{
    uint8_t text[IC_CHECKPOINT_TEXT_MAX];
    struct ic_wr t = ic_wr_init(text, sizeof text);
    struct ic_checkpoint again;
    IC_ASSERT(checkpoint->origin_len <= IC_CHECKPOINT_ORIGIN_MAX);
    ic_checkpoint_write(&t, checkpoint);
    IC_ASSERT(ic_wr_ok(&t) && ic_checkpoint_parse(text, t.len, &again) == IC_OK);
    return ic_note_sign(w, key, private_key, text, t.len);
}

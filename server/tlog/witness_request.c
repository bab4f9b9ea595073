#include "tlog/witness_request.h"

#include <stdbool.h>
#include <string.h>

#include "base/rd.h"
#include "base/text.h"
#include "crypto/ct.h"

static const char old_[] = "old ";

struct line {
    const char *text;
    size_t len;
};

/* The next line, its line feed taken too. */
static bool take_line(struct ic_rd *r, struct line *out)
{
    const uint8_t *end = r->left == 0 ? NULL : memchr(r->p, '\n', r->left);
    if (end == NULL)
        return false;
    out->len = (size_t)(end - r->p);
    out->text = (const char *)ic_rd_take(r, out->len + 1);
    return true;
}

static bool parse_head(struct ic_rd *r, struct ic_witness_request *out)
{
    size_t prefix = sizeof old_ - 1;
    struct line line;
    if (!take_line(r, &line) || line.len < prefix || memcmp(line.text, old_, prefix) != 0 ||
        ic_decimal_decode(line.text + prefix, line.len - prefix, &out->old_size) != IC_OK)
        return false;
    while (take_line(r, &line)) {
        if (line.len == 0)
            return true;
        /* "The client MUST NOT send more than 63 consistency proof lines." */
        if (out->proof.count == IC_WITNESS_PROOF_LINES_MAX ||
            ic_base64_decode(line.text, line.len, out->proof.hashes[out->proof.count].bytes,
                             IC_MERKLE_HASH_LEN) != IC_OK)
            return false;
        out->proof.count++;
    }
    return false;
}

enum ic_err ic_witness_request_parse(const uint8_t *bytes, size_t len,
                                     struct ic_witness_request *out)
{
    struct ic_rd r = ic_rd_init(bytes, len);
    struct ic_witness_request request = {0};
    if (len > IC_WITNESS_REQUEST_MAX || !parse_head(&r, &request) || r.left == 0 ||
        ic_note_parse(r.p, r.left, &request.note) != IC_OK ||
        request.note.text_len > IC_TLOG_COSIGNED_MAX ||
        ic_checkpoint_parse(request.note.text, request.note.text_len, &request.checkpoint) != IC_OK)
        return IC_ERR_INPUT;
    *out = request;
    return IC_OK;
}

static struct ic_witness_log *find_log(const struct ic_checkpoint *checkpoint,
                                       struct ic_witness_log *logs, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strlen(logs[i].key.name) == checkpoint->origin_len &&
            memcmp(logs[i].key.name, checkpoint->origin, checkpoint->origin_len) == 0)
            return &logs[i];
    return NULL;
}

/* The checkpoint is what was seen last, whose size it has. */
static enum ic_witness_verdict judge_same(const struct ic_witness_request *request,
                                          const struct ic_witness_log *log)
{
    struct ic_merkle_hash root = log->seen.root;
    struct ic_merkle empty;
    ic_merkle_init(&empty);
    if (log->seen.size == 0 && ic_merkle_root(&empty, &root) != IC_OK)
        return IC_WITNESS_SYSTEM;
    if (!ic_ct_equal(root.bytes, request->checkpoint.head.root.bytes, IC_MERKLE_HASH_LEN))
        return IC_WITNESS_CONFLICT;
    return request->proof.count == 0 ? IC_WITNESS_GOOD : IC_WITNESS_PROOF;
}

enum ic_witness_verdict ic_witness_request_judge(const struct ic_witness_request *request,
                                                 struct ic_witness_log *logs, size_t count,
                                                 struct ic_witness_log **log)
{
    const struct ic_merkle_head *head = &request->checkpoint.head;
    struct ic_witness_log *found = find_log(&request->checkpoint, logs, count);
    if (found == NULL)
        return IC_WITNESS_UNKNOWN;
    *log = found;
    if (ic_note_verify(&request->note, &found->key) != IC_OK)
        return IC_WITNESS_UNSIGNED;
    if (request->old_size > head->size)
        return IC_WITNESS_MALFORMED;
    if (request->old_size != found->seen.size)
        return IC_WITNESS_CONFLICT;
    if (request->old_size == head->size)
        return judge_same(request, found);
    /* "The proof MUST be empty if the old size is zero." */
    if (request->old_size == 0)
        return request->proof.count == 0 ? IC_WITNESS_GOOD : IC_WITNESS_PROOF;
    enum ic_err err = ic_merkle_verify_consistency(&found->seen, head, request->proof.hashes,
                                                   request->proof.count);
    if (err == IC_OK)
        return IC_WITNESS_GOOD;
    return err == IC_ERR_SYSTEM ? IC_WITNESS_SYSTEM : IC_WITNESS_PROOF;
}

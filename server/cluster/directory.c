#include "cluster/directory.h"

#include <string.h>

#include "base/pool.h"
#include "base/rd.h"

#define VERSION 1

static void take(struct ic_rd *r, uint8_t *out, size_t n)
{
    const uint8_t *at = ic_rd_take(r, n);
    if (at != NULL)
        memcpy(out, at, n);
}

enum ic_err ic_directory_entry_parse(const uint8_t *bytes, size_t len,
                                     struct ic_directory_entry *out)
{
    struct ic_rd r = ic_rd_init(bytes, len);
    struct ic_directory_entry e = {0};
    uint8_t version = ic_rd_u8(&r);
    take(&r, e.meeting, sizeof e.meeting);
    take(&r, e.node, sizeof e.node);
    e.generation = ic_rd_u64(&r);
    take(&r, e.policy_sha256, sizeof e.policy_sha256);
    if (!ic_rd_done(&r) || version != VERSION || e.generation == 0)
        return IC_ERR_INPUT;
    *out = e;
    return IC_OK;
}

void ic_directory_entry_write(struct ic_wr *w, const struct ic_directory_entry *entry)
{
    ic_wr_u8(w, VERSION);
    ic_wr_bytes(w, entry->meeting, sizeof entry->meeting);
    ic_wr_bytes(w, entry->node, sizeof entry->node);
    ic_wr_u64(w, entry->generation);
    ic_wr_bytes(w, entry->policy_sha256, sizeof entry->policy_sha256);
}

enum ic_err ic_directory_may_swap(const struct ic_directory_reply *before,
                                  const struct ic_directory_request *request)
{
    struct ic_directory_entry entry;
    if (before->result == IC_ERR_GONE)
        return request->revision == 0 ? IC_OK : IC_ERR_STATE;
    if (before->result != IC_OK)
        return IC_ERR_SYSTEM;
    if (before->revision != request->revision ||
        ic_directory_entry_parse(before->bytes, before->len, &entry) != IC_OK)
        return IC_ERR_STATE;
    /* It rises, whatever the one who asks believes. */
    return request->entry.generation > entry.generation ? IC_OK : IC_ERR_STATE;
}

enum ic_err ic_directory_init(struct ic_directory *d, uint32_t count_max,
                              const uint64_t seed[static 2])
{
    *d = (struct ic_directory){.count_max = count_max};
    if (ic_map_init(&d->index, IC_MEETING_ID_LEN, count_max, seed) != IC_OK)
        return IC_ERR_FULL;
    d->rows = ic_array_alloc(count_max, sizeof *d->rows);
    if (d->rows == NULL) {
        ic_map_deinit(&d->index);
        return IC_ERR_FULL;
    }
    return IC_OK;
}

void ic_directory_deinit(struct ic_directory *d)
{
    ic_map_deinit(&d->index);
    ic_array_free(d->rows);
}

static struct ic_directory_row *find(struct ic_directory *d, const uint8_t *meeting)
{
    uint32_t at;
    return ic_map_find(&d->index, meeting, &at) ? &d->rows[at] : NULL;
}

static enum ic_err swap(struct ic_directory *d, const struct ic_directory_request *request,
                        struct ic_directory_row **row)
{
    *row = find(d, request->entry.meeting);
    struct ic_directory_reply before = {.result = IC_ERR_GONE};
    if (*row != NULL)
        before = (struct ic_directory_reply){.result = IC_OK,
                                             .revision = (*row)->revision,
                                             .bytes = (*row)->bytes,
                                             .len = sizeof(*row)->bytes};
    enum ic_err e = ic_directory_may_swap(&before, request);
    if (e != IC_OK)
        return e;
    if (*row == NULL) {
        if (d->count == d->count_max ||
            ic_map_set(&d->index, request->entry.meeting, d->count) != IC_OK)
            return IC_ERR_FULL;
        *row = &d->rows[d->count++];
    }
    struct ic_wr w = ic_wr_init((*row)->bytes, sizeof(*row)->bytes);
    ic_directory_entry_write(&w, &request->entry);
    (*row)->revision++;
    return IC_OK;
}

struct ic_directory_reply ic_directory_run(struct ic_directory *d,
                                           const struct ic_directory_request *request)
{
    struct ic_directory_reply reply = {.token = request->token, .result = IC_OK};
    struct ic_directory_row *row;
    if (request->kind == IC_DIRECTORY_SWAP) {
        reply.result = swap(d, request, &row);
    } else {
        row = find(d, request->entry.meeting);
        reply.result = row == NULL ? IC_ERR_GONE : IC_OK;
    }
    if (reply.result == IC_OK) {
        reply.revision = row->revision;
        reply.bytes = row->bytes;
        reply.len = sizeof row->bytes;
    }
    return reply;
}

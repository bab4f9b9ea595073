/* A store in memory that does what shell/store_sqlite.c does, for tests of the hub. */
#ifndef IC_TEST_SIGNAL_STORE_H
#define IC_TEST_SIGNAL_STORE_H

#include <stdlib.h>
#include <string.h>

#include "msg/store.h"

#define STORE_MEETINGS 8
#define STORE_COMMITS  2048
#define STORE_BLOBS    2048

struct store_bytes {
    uint8_t *at;
    size_t len;
};

struct store_blob {
    uint8_t hash[32];
    bool is_tree;
    struct store_bytes bytes;
};

struct store_meeting {
    uint8_t id[16];
    struct store_bytes policy, state, record;
    bool has_group;
    uint64_t size, begin; /* begin: entries of the log that the store never had */
    struct store_bytes commits[STORE_COMMITS], notes[STORE_COMMITS];
    struct store_blob blobs[STORE_BLOBS];
    size_t blob_count;
};

struct store {
    struct store_meeting *meetings[STORE_MEETINGS];
    size_t count;
    uint8_t answer[IC_STORE_PARTS_MAX]; /* the parts of the last reply */
    size_t writes;                      /* changes of groups so far */
};

static inline void store_keep(struct store_bytes *out, const uint8_t *bytes, size_t len)
{
    uint8_t *copy = malloc(len + 1); /* the old bytes may be among the new ones */
    memcpy(copy, bytes, len);
    free(out->at);
    out->at = copy;
    out->len = len;
}

static inline struct store_meeting *store_find(struct store *s, const uint8_t id[16])
{
    for (size_t i = 0; i < s->count; i++) {
        if (memcmp(s->meetings[i]->id, id, 16) == 0)
            return s->meetings[i];
    }
    return NULL;
}

static inline void store_forget_group(struct store_meeting *m)
{
    for (size_t i = 0; i < STORE_COMMITS; i++) {
        free(m->commits[i].at);
        free(m->notes[i].at);
        m->commits[i] = m->notes[i] = (struct store_bytes){NULL, 0};
    }
    for (size_t i = 0; i < m->blob_count; i++)
        free(m->blobs[i].bytes.at);
    m->blob_count = 0;
    m->has_group = false;
    m->size = m->begin = 0;
}

static inline enum ic_err store_add(struct store *s, const uint8_t id[16], const uint8_t *policy,
                                    size_t len)
{
    if (store_find(s, id) != NULL)
        return IC_ERR_STATE;
    if (s->count == STORE_MEETINGS)
        return IC_ERR_FULL;
    struct store_meeting *m = calloc(1, sizeof *m);
    memcpy(m->id, id, 16);
    store_keep(&m->policy, policy, len);
    s->meetings[s->count++] = m;
    return IC_OK;
}

static inline void store_deinit(struct store *s)
{
    for (size_t i = 0; i < s->count; i++) {
        struct store_meeting *m = s->meetings[i];
        store_forget_group(m);
        free(m->policy.at);
        free(m->state.at);
        free(m->record.at);
        free(m);
    }
}

static inline void store_drop_blob(struct store_meeting *m, const uint8_t *hash)
{
    for (size_t i = 0; i < m->blob_count; i++) {
        if (m->blobs[i].is_tree || memcmp(m->blobs[i].hash, hash, 32) != 0)
            continue;
        free(m->blobs[i].bytes.at);
        m->blobs[i] = m->blobs[--m->blob_count];
        return;
    }
}

static inline void store_add_blob(struct store_meeting *m, const struct ic_store_part *part)
{
    if (part->kind == IC_STORE_BLOB)
        store_drop_blob(m, part->bytes); /* one of each hash */
    struct store_blob *blob = &m->blobs[m->blob_count++];
    *blob = (struct store_blob){.is_tree = part->kind == IC_STORE_TREE};
    memcpy(blob->hash, part->bytes, 32);
    store_keep(&blob->bytes, part->bytes + 32, part->len - 32);
}

static inline void store_take_parts(struct store_meeting *m, const struct ic_store_request *r)
{
    struct ic_rd rd = ic_rd_init(r->parts, r->parts_len);
    struct ic_store_part part;
    while (ic_store_part_next(&rd, &part)) {
        if (part.kind == IC_STORE_STATE)
            store_keep(&m->state, part.bytes, part.len);
        else if (part.kind == IC_STORE_RECORD)
            store_keep(&m->record, part.bytes, part.len);
        else if (part.kind == IC_STORE_COMMIT)
            store_keep(&m->commits[r->n], part.bytes, part.len);
        else if (part.kind == IC_STORE_NOTE)
            store_keep(&m->notes[r->n], part.bytes, part.len);
        else if (part.kind == IC_STORE_BLOB || part.kind == IC_STORE_TREE)
            store_add_blob(m, &part);
        else if (part.kind == IC_STORE_BLOB_GONE)
            store_drop_blob(m, part.bytes);
    }
}

static inline enum ic_err store_change(struct store *s, const struct ic_store_request *r)
{
    struct store_meeting *m = store_find(s, r->meeting);
    bool is_restore = r->kind == IC_STORE_GROUP_RESTORE;
    bool is_begin = r->kind == IC_STORE_GROUP_BEGIN || is_restore;
    s->writes++;
    if (m == NULL)
        return IC_ERR_GONE;
    if (!is_begin && (!m->has_group || m->size != r->n))
        return IC_ERR_STATE;
    if (is_begin)
        store_forget_group(m);
    store_take_parts(m, r);
    m->has_group = true;
    if (is_restore)
        m->size = m->begin = r->n;
    else
        m->size += r->kind != IC_STORE_GROUP_RECORD;
    return IC_OK;
}

static inline void store_read_meeting(const struct store_meeting *m, struct ic_wr *w)
{
    ic_store_part_write(w, IC_STORE_POLICY, m->policy.at, m->policy.len);
    if (!m->has_group)
        return;
    ic_store_part_write(w, IC_STORE_STATE, m->state.at, m->state.len);
    ic_store_part_write(w, IC_STORE_RECORD, m->record.at, m->record.len);
}

static inline void store_read_commits(const struct store_meeting *m, uint64_t n, struct ic_wr *w)
{
    uint64_t oldest = m->size > IC_STORE_COMMITS_KEPT ? m->size - IC_STORE_COMMITS_KEPT : 0;
    for (; n >= oldest && n >= m->begin && n < m->size && w->len < IC_STORE_READ_MAX; n++) {
        ic_store_part_write(w, IC_STORE_COMMIT, m->commits[n].at, m->commits[n].len);
        ic_store_part_write(w, IC_STORE_NOTE, m->notes[n].at, m->notes[n].len);
    }
}

static inline enum ic_err store_read_blob(const struct store *s, const uint8_t *hash,
                                          struct ic_wr *w)
{
    for (size_t i = 0; i < s->count; i++) {
        const struct store_meeting *m = s->meetings[i];
        for (size_t k = 0; k < m->blob_count; k++) {
            if (memcmp(m->blobs[k].hash, hash, 32) != 0)
                continue;
            ic_store_part_write(w, IC_STORE_BLOB, m->blobs[k].bytes.at, m->blobs[k].bytes.len);
            return IC_OK;
        }
    }
    return IC_ERR_GONE;
}

static inline enum ic_err store_restore(struct store *s, const struct ic_store_request *r,
                                        struct ic_wr *w)
{
    struct ic_store_part policy = ic_store_part_find(r->parts, r->parts_len, IC_STORE_POLICY), part;
    struct ic_rd rd = ic_rd_init(r->parts, r->parts_len);
    if (store_add(s, r->meeting, policy.bytes, policy.len) == IC_ERR_FULL)
        return IC_ERR_FULL;
    store_read_meeting(store_find(s, r->meeting), w);
    while (ic_store_part_next(&rd, &part)) {
        if (part.kind == IC_STORE_KEPT)
            ic_store_part_write(w, part.kind, part.bytes, part.len);
    }
    return IC_OK;
}

static inline enum ic_err store_add_identity(struct store_meeting *m,
                                             const struct ic_store_request *r)
{
    struct ic_store_part part = ic_store_part_find(r->parts, r->parts_len, IC_STORE_BLOB);
    if (m == NULL || !m->has_group)
        return IC_ERR_STATE;
    store_add_blob(m, &part);
    return IC_OK;
}

/* The parts of the reply are lent until the next call; those of the request must live as long. */
static inline struct ic_store_reply store_run(struct store *s, const struct ic_store_request *r)
{
    struct ic_store_reply reply = {.kind = r->kind, .token = r->token, .n = r->n};
    struct store_meeting *m = store_find(s, r->meeting);
    struct ic_wr w = ic_wr_init(s->answer, sizeof s->answer);
    struct ic_store_part policy = ic_store_part_find(r->parts, r->parts_len, IC_STORE_POLICY);
    memcpy(reply.meeting, r->meeting, sizeof reply.meeting);
    reply.parts = s->answer;
    switch (r->kind) {
    case IC_STORE_MEETING_ADD:
        reply.result = store_add(s, r->meeting, policy.bytes, policy.len);
        return reply;
    case IC_STORE_MEETING_FIND:
        reply.result = m == NULL ? IC_ERR_GONE : IC_OK;
        if (m != NULL)
            store_read_meeting(m, &w);
        break;
    case IC_STORE_MEETING_RESTORE:
        reply.result = store_restore(s, r, &w);
        break;
    case IC_STORE_GROUP_IDENTITY:
        reply.result = store_add_identity(m, r);
        return reply;
    case IC_STORE_GROUP_BEGIN:
    case IC_STORE_GROUP_RESTORE:
    case IC_STORE_GROUP_COMMIT:
        reply.parts = r->parts;
        reply.parts_len = r->parts_len;
        reply.result = store_change(s, r);
        return reply;
    case IC_STORE_GROUP_RECORD:
        reply.result = store_change(s, r);
        return reply;
    case IC_STORE_GROUP_END:
        if (m != NULL)
            store_forget_group(m);
        return reply;
    case IC_STORE_COMMITS_READ:
        if (m != NULL)
            store_read_commits(m, r->n, &w);
        break;
    case IC_STORE_BLOB_FIND:
        reply.result = store_read_blob(s, r->hash, &w);
        break;
    case IC_STORE_POLICY_FIND:
        reply.result = m == NULL ? IC_ERR_GONE : IC_OK;
        if (m != NULL)
            ic_store_part_write(&w, IC_STORE_POLICY, m->policy.at, m->policy.len);
        break;
    }
    reply.parts_len = w.len;
    return reply;
}

#endif

#include "shell/load_crowd.h"

#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/pool.h"
#include "crypto/aead_mb.h"
#include "shell/clock.h"

#define EPOCHS 20 /* whose key numbers are remembered: more than a number can mean */

enum ic_err ic_load_crowd_init(struct ic_load_crowd *c, size_t cap)
{
    c->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    c->members = ic_array_alloc(cap, sizeof *c->members);
    c->cap = cap;
    c->shared.common = &c->common;
    c->shared.ntp_offset_us = ic_clock_wall_offset_us();
    c->shared.credentials = ic_dtls_credentials_create(ic_clock_wall_s());
    c->shared.aead_mb = ic_aead_mb_create(); /* so that this process is fast enough */
    size_t epochs = c->common.is_live ? EPOCHS : 1;
    if (c->epoll_fd < 0 || c->members == NULL || c->shared.credentials == NULL)
        return IC_ERR_FULL;
    return ic_load_roster_init(&c->common.roster, epochs * IC_LOAD_SOURCES_MAX * cap);
}

void ic_load_crowd_deinit(struct ic_load_crowd *c)
{
    for (size_t i = 0; i < c->count; i++)
        ic_load_member_deinit(&c->members[i]);
    ic_load_roster_deinit(&c->common.roster);
    ic_aead_mb_destroy(c->shared.aead_mb);
    if (c->shared.credentials != NULL)
        ic_dtls_credentials_destroy(c->shared.credentials);
    ic_array_free(c->members);
    if (c->epoll_fd >= 0)
        close(c->epoll_fd);
}

enum ic_err ic_load_crowd_add(struct ic_load_crowd *c, bool sends, size_t slots)
{
    errno = ENOMEM;
    if (c->count == c->cap)
        return IC_ERR_FULL;
    struct ic_load_member *m = &c->members[c->count];
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = m};
    enum ic_err err = ic_load_member_init(m, &c->shared, (uint32_t)c->count, sends, slots);
    c->count++;
    if (err == IC_OK && epoll_ctl(c->epoll_fd, EPOLL_CTL_ADD, m->fd, &event) != 0)
        err = IC_ERR_SYSTEM;
    return err;
}

static void add_counts(struct ic_load_counts *sum, const struct ic_load_member *m)
{
    for (size_t i = 0; i < m->source_count; i++) {
        sum->sent += m->sources[i].packets;
        sum->frames_key +=
            m->sources[i].config.shape->kind == IC_KIND_VIDEO ? m->sources[i].key_frames : 0;
    }
    sum->lost_to_send += m->lost_to_send;
    sum->nacked += m->nacked;
    sum->key_frames += m->key_frames;
}

void ic_load_crowd_leave(struct ic_load_crowd *c, struct ic_load_member *m)
{
    ic_load_member_close(m);
    add_counts(&c->gone, m);
    ic_load_member_deinit(m); /* its socket leaves epoll when it is closed */
}

bool ic_load_crowd_is_here(const struct ic_load_member *m)
{
    return m->shared != NULL;
}

size_t ic_load_crowd_count(const struct ic_load_crowd *c,
                           bool (*has)(const struct ic_load_member *m))
{
    size_t n = 0;
    for (size_t i = 0; i < c->count; i++)
        n += ic_load_crowd_is_here(&c->members[i]) && has(&c->members[i]);
    return n;
}

struct ic_load_counts ic_load_crowd_counts(const struct ic_load_crowd *c)
{
    struct ic_load_counts sum = c->gone;
    for (size_t i = 0; i < c->count; i++)
        add_counts(&sum, &c->members[i]);
    return sum;
}

/* The source of this kind of that member; NULL: it has left, or has none. */
static const struct ic_load_source *source_of(const struct ic_load_crowd *c, uint32_t member,
                                              enum ic_kind kind)
{
    const struct ic_load_member *m = member < c->count ? &c->members[member] : NULL;
    for (size_t i = 0; m != NULL && i < m->source_count; i++)
        if (m->sources[i].config.shape->kind == kind)
            return &m->sources[i];
    return NULL;
}

/* A source that is off, and one that was just switched on and has sent nothing since, may be at any
 * frame. */
static bool is_missing(const struct ic_load_crowd *c, const struct ic_load_stream *s)
{
    uint32_t member = c->common.is_live ? s->announced : s->publisher;
    const struct ic_load_source *source = source_of(c, member, s->shape->kind);
    if (c->common.is_live && (source == NULL || source->is_off || source->turn == 0))
        return false;
    return !s->has_source || source == NULL || s->publisher != member ||
           s->frame_next != source->frame;
}

uint64_t ic_load_crowd_missing(const struct ic_load_crowd *c)
{
    uint64_t missing = 0;
    for (size_t i = 0; i < c->count; i++)
        for (size_t k = 0; k < c->members[i].slot_count; k++)
            missing += is_missing(c, &c->members[i].streams[k]);
    return missing;
}

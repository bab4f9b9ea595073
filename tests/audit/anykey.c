/* Is there a key in this memory? Each 16 bytes of a dump, from each byte on, are tried as the
 * AES-128-GCM key of captured frames.
 *
 *   anykey [--threads N] [--slow] DUMP FRAMES.json
 *
 * Keys are contiguous where they lie in memory as bytes or at the head of an expanded schedule;
 * split or masked ones are not found. The key itself is never printed. Exit status: 0 no key, 1
 * keys, 2 not done. */
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "audit/gcm_try.h"
#include "audit/input.h"

#define CHUNK       1048576
#define PAGE        4096
#define FRAMES_MAX  64
#define THREADS_MAX 64
#define PRINTED_MAX 100

struct scan {
    struct dump dump;
    struct gcm_frame frames[FRAMES_MAX];
    const char *names[FRAMES_MAX];
    size_t frame_count;
    bool is_fast;
    atomic_size_t next; /* chunk */
    atomic_uint_fast64_t tries, hits;
};

/* Offsets from which a key can begin. */
static size_t starts(const struct scan *s)
{
    return s->dump.len < GCM_KEY_LEN ? 0 : s->dump.len - GCM_KEY_LEN + 1;
}

static void check(struct scan *s, size_t offset, size_t frame)
{
    if (!gcm_opens(&s->frames[frame], &s->dump.bytes[offset]))
        return;
    if (atomic_fetch_add(&s->hits, 1) < PRINTED_MAX)
        printf("key at 0x%zx opens frame %zu (%s)\n", offset, frame, s->names[frame]);
}

/* Keys that begin in [from, to). */
static void try_range(struct scan *s, size_t from, size_t to)
{
    size_t at = from;
    /* The fast way reads GCM_LANES - 1 bytes behind the first key. */
    while (s->is_fast && at + GCM_LANES <= to) {
        struct gcm_schedules schedules;
        gcm_expand(&schedules, &s->dump.bytes[at]);
        for (size_t f = 0; f < s->frame_count; f++) {
            unsigned hits = gcm_try(&schedules, &s->frames[f]);
            for (size_t i = 0; hits >> i != 0; i++)
                if ((hits >> i & 1) != 0)
                    check(s, at + i, f);
        }
        at += GCM_LANES;
    }
    for (; at < to; at++)
        for (size_t f = 0; f < s->frame_count; f++)
            check(s, at, f);
    atomic_fetch_add(&s->tries, to - from);
}

static void *run(void *argument)
{
    struct scan *s = argument;
    size_t end = starts(s);
    for (;;) {
        size_t from = atomic_fetch_add(&s->next, 1) * CHUNK;
        size_t to = from + CHUNK < end ? from + CHUNK : end;
        if (from >= end)
            return NULL;
        for (size_t page = from; page < to; page += PAGE) {
            size_t page_end = page + PAGE < to ? page + PAGE : to;
            /* With the bytes that its last keys reach into. */
            if (!dump_is_zero(&s->dump.bytes[page], page_end - page + GCM_KEY_LEN - 1))
                try_range(s, page, page_end);
        }
    }
}

static bool load_frame(struct gcm_frame *f, const json_t *object)
{
    size_t nonce_len = 0, tag_len = 0;
    uint8_t *nonce = input_bytes(object, "nonce", &nonce_len);
    uint8_t *tag = input_bytes(object, "tag", &tag_len);
    f->aad = input_bytes(object, "aad", &f->aad_len);
    f->text = input_bytes(object, "ciphertext", &f->text_len);
    bool ok = nonce != NULL && tag != NULL && f->aad != NULL && f->text != NULL &&
              nonce_len == GCM_NONCE_LEN && tag_len == GCM_TAG_LEN;
    if (ok) {
        memcpy(f->nonce, nonce, sizeof f->nonce);
        memcpy(f->tag, tag, sizeof f->tag);
        gcm_frame_prepare(f);
    }
    free(nonce);
    free(tag);
    return ok;
}

static bool load_frames(struct scan *s, const json_t *list)
{
    s->frame_count = json_array_size(list);
    if (s->frame_count > FRAMES_MAX) {
        fprintf(stderr, "more than %d frames\n", FRAMES_MAX);
        return false;
    }
    for (size_t i = 0; i < s->frame_count; i++) {
        const json_t *object = json_array_get(list, i);
        const char *name = input_text(object, "name");
        s->names[i] = name == NULL ? "" : name;
        if (!load_frame(&s->frames[i], object)) {
            fprintf(stderr, "frame %zu: not a frame\n", i);
            return false;
        }
    }
    return true;
}

static double seconds(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* All of it, and the figures. Returns false when a thread could not be made. */
static bool scan(struct scan *s, size_t threads)
{
    pthread_t ids[THREADS_MAX];
    double before = seconds(CLOCK_MONOTONIC);
    size_t begun = 0;
    while (begun + 1 < threads && pthread_create(&ids[begun], NULL, run, s) == 0)
        begun++;
    run(s);
    for (size_t i = 0; i < begun; i++)
        pthread_join(ids[i], NULL);
    double took = seconds(CLOCK_MONOTONIC) - before;
    double busy = seconds(CLOCK_PROCESS_CPUTIME_ID); /* not what others took meanwhile */
    uint64_t tries = atomic_load(&s->tries) * s->frame_count;
    printf("%" PRIu64 " keys found; %zu bytes, %zu keys tried on %zu frames, %.1f s, "
           "%zu threads, %.1f ns of processor a try%s\n",
           (uint64_t)atomic_load(&s->hits), s->dump.len, (size_t)atomic_load(&s->tries),
           s->frame_count, took, begun + 1, tries == 0 ? 0 : busy * 1e9 / (double)tries,
           s->is_fast ? "" : " (slow way)");
    return begun + 1 == threads;
}

static void unload_frames(struct scan *s)
{
    for (size_t i = 0; i < s->frame_count && i < FRAMES_MAX; i++) {
        free(s->frames[i].aad);
        free(s->frames[i].text);
        free(s->frames[i].blocks);
    }
}

static int audit(struct scan *s, const char *dump, const char *frames, size_t threads)
{
    int status = 2;
    json_t *list = input_list(frames);
    if (list != NULL && load_frames(s, list) && dump_open(&s->dump, dump)) {
        if (scan(s, threads))
            status = atomic_load(&s->hits) > 0 ? 1 : 0;
        dump_close(&s->dump);
    }
    unload_frames(s);
    json_decref(list);
    return status;
}

int main(int argc, char **argv)
{
    static struct scan s;
    size_t threads = 2;
    int at = 1;
    s.is_fast = gcm_is_fast();
    for (; at < argc && strncmp(argv[at], "--", 2) == 0; at++) {
        if (strcmp(argv[at], "--slow") == 0)
            s.is_fast = false;
        else if (strcmp(argv[at], "--threads") == 0 && at + 1 < argc)
            threads = (size_t)strtoul(argv[++at], NULL, 10);
        else
            threads = 0;
    }
    if (argc - at != 2 || threads == 0 || threads > THREADS_MAX) {
        fprintf(stderr, "use: anykey [--threads N] [--slow] DUMP FRAMES.json\n");
        return 2;
    }
    return audit(&s, argv[at], argv[at + 1], threads);
}
